//! Linux as the peer: `examples/tap.rs` on a tap, in a network namespace of its own.
//!
//! It needs root for the tap and the namespace, and says so where it is run without:
//! `cargo build -p unikernel-net --example tap && cargo test -p unikernel-net --test linux -- --ignored`.

use std::path::PathBuf;
use std::process::Command;

/// The example beside this test.
fn example() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test.ancestors().nth(2).expect("a target folder");
    let example = folder.join("examples/tap");
    assert!(example.exists(), "there is no {}\nhelp: cargo build -p unikernel-net --example tap", example.display());
    example
}

/// Runs a script in a namespace in which `tap0` has 10.0.0.1 and 2001:db8::1, and we have 10.0.0.2; what it prints.
fn run(gateway_and_address: &str, script: &str) -> String {
    let setup = format!(
        "set -e; ip link set lo up; ip tuntap add tap0 mode tap; ip addr add 10.0.0.1/24 dev tap0; \
         ip addr add 2001:db8::1/64 dev tap0 nodad; ip link set tap0 up; \
         '{}' tap0 {gateway_and_address} & trap \"kill $!\" EXIT; sleep 0.5; set +e\n{script}",
        example().display()
    );
    let output =
        Command::new("unshare").args(["--net", "bash", "-c", &setup]).output().expect("`unshare` of util-linux");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\nhelp: run it as root, with iproute2, iputils, curl and python3");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs root, for a tap"]
fn linux_pings_and_fetches() {
    for (address, url) in [("10.0.0.2/24", "http://10.0.0.2/"), ("2001:db8::2/64", "http://[2001:db8::2]/")] {
        let host = address.split_once('/').expect("a prefix").0;
        let printed = run(
            address,
            &format!(
                "ping -c 500 -f -w 20 {host} | grep -o '500 received'\n\
                 curl -sg -m 20 -o /dev/null -w '%{{http_code}} %{{size_download}}\\n' {url}\n\
                 for i in $(seq 20); do curl -sg -m 20 -o /dev/null -w '%{{http_code}}\\n' {url}; done | uniq -c"
            ),
        );
        let words: Vec<&str> = printed.split_whitespace().skip_while(|word| *word != "500").collect();
        assert_eq!(words, ["500", "received", "200", "4194304", "20", "200"], "{printed}");
    }
}

#[test]
#[ignore = "needs root, for a tap"]
fn linux_sends_and_gets_back() {
    let printed = run(
        "10.0.0.2/24",
        r#"python3 - <<'P'
import os, socket, threading
data = os.urandom(10_000_000)
s = socket.create_connection(("10.0.0.2", 7), timeout=20)
def send():
    s.sendall(data); s.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
got = bytearray()
while part := s.recv(65536):
    got += part
print("echo", got == data)
clients = [socket.create_connection(("10.0.0.2", 7), timeout=5) for _ in range(300)]
for client in clients: client.sendall(b"abc")
print("clients", sum(client.recv(10) == b"abc" for client in clients))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(5)
u.sendto(b"hello", ("10.0.0.2", 7)); print("udp", u.recvfrom(100)[0] == b"hello")
u.connect(("10.0.0.2", 5555)); u.send(b"x")
for name, call in [("udp", lambda: u.recv(1)), ("tcp", lambda: socket.create_connection(("10.0.0.2", 81), timeout=5))]:
    try: call()
    except ConnectionRefusedError: print(name, "refused")
P"#,
    );
    for line in ["echo True", "clients 300", "udp True", "udp refused", "tcp refused"] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
}
