//! `values(...)`: a guest as urunc starts it, and values that the machine has.

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use crate::common::kernels::kernel;
use crate::common::qemu::{self, Outcome, Qemu};
use crate::common::{urunc, wait_for};

/// What QEMU ends with when a kernel ends with `status`.
const fn code(status: i32) -> Option<i32> {
    Some(status << 1 | 1)
}

fn process(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Boots a kernel with more arguments of QEMU's.
fn run(name: &str, arguments: &[&str]) -> Outcome {
    qemu::run([&["-m", "16", "-kernel", kernel(name).to_str().expect("UTF-8")], arguments].concat())
}

#[track_caller]
fn prints(outcome: &Outcome, console: &str) {
    assert_eq!((outcome.console.as_str(), outcome.code), (console, code(0)));
}

/// The boot ends with one line, and the status of arguments.
#[track_caller]
fn fails(outcome: &Outcome, report: &str) {
    assert_eq!(outcome.console, format!("unikernel: {report}\nunikernel: exit status 103\n"));
    assert_eq!(outcome.code, code(103), "{outcome:?}");
}

#[test]
fn a_guest_of_urunc_has_its_words_and_not_its_environment() {
    let environment = urunc::environment();
    let line = urunc::line(None, &environment, &process(&["/boot/kernel", "name=J. Doe", "port=81"]));
    assert!(line.len() > 2047, "longer than what loaders take: {}", line.len());
    let ignored =
        format!("unikernel: words of the environment that are not declared, and ignored: {}\n", urunc::UNKNOWN);
    prints(&run("values", &["-append", &line]), &format!("{ignored}J. Doe: port 81\n"));
    // What is declared may stand before `init`, and what comes later wins.
    prints(&run("values", &["-append", "console=ttyS0 port=82 init=/k -- name=you"]), "you: port 82\n");
    prints(&run("values", &["-append", "rw port=82 rdinit=/k -- port=83"]), "nobody: port 83\n");
    prints(&run("values", &["-append", "ip=dhcp init=/k --"]), "nobody: port 80\n");
}

#[test]
fn a_line_for_linux_is_strict_where_it_is_the_applications() {
    for (line, report) in [
        ("A=1 init=/k -- prot=81", "boot argument `prot` is not declared; did you mean `port`?"),
        ("init=/k -- 'two words'", "boot command line: a word without a key at byte 12"),
        ("init=/k -- port=many", "boot argument `port`: `many` is not an integer from 0 to 65535"),
        ("port=many init=/k --", "boot argument `port`: `many` is not an integer from 0 to 65535"),
        // No line for Linux: it has no `init`, or no words behind it.
        ("prot=81", "boot argument `prot` is not declared; did you mean `port`?"),
        ("prot=81 init=/k", "boot argument `prot` is not declared; did you mean `port`?"),
    ] {
        let outcome = run("values", &["-append", line]);
        let console =
            outcome.console.replace("unikernel: words of the environment that are not declared, and ignored: 1\n", "");
        fails(&Outcome { console, ..outcome }, report);
    }
}

/// A kernel that answers on the address of its pod, on urunc's machine.
fn pod(address: &str, host_port: u16, words: &[&str]) -> Vec<String> {
    let line = urunc::line(Some(address), &urunc::environment(), &process(&[&["/boot/kernel"], words].concat()));
    let network = format!("user,net=10.4.0.0/24,host=10.4.0.1,hostfwd=tcp:127.0.0.1:{host_port}-10.4.0.9:8080");
    urunc::qemu("16M", kernel("net_pod").to_str().expect("UTF-8"), &network, &line)
}

#[test]
fn a_pod_answers_on_its_address() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let mut guest = Qemu::start(pod("10.4.0.9::10.4.0.1:255.255.255.0", port, &["port=8080", "one more", "two"]));
    guest.wait_for("10.4.0.9:8080 2\n");
    let answer = wait_for(|| {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer).filter(|answer| !answer.is_empty())
    });
    assert_eq!(answer.as_deref(), Some("10.4.0.9 to 10.4.0.1\n"));
}

#[test]
fn an_address_that_cannot_be_is_one_line() {
    for (address, report) in [
        ("10.4.0.9::10.4.0.1:255.0.255.0", "boot argument `ip`: `255.0.255.0` is not a netmask"),
        ("10.4.0.9::gateway:255.255.255.0", "boot argument `ip`: `gateway` is not an IPv4 address"),
        (
            ":::",
            "boot argument `net.ip` is missing; give `net.ip=...`, an IPv4 address with a prefix such as `10.0.0.2/24`",
        ),
    ] {
        let outcome = qemu::run(pod(address, 0, &[]));
        assert_eq!(outcome.code, code(103), "{outcome:?}");
        assert!(outcome.console.contains(&format!("unikernel: {report}\n")), "{outcome:?}");
    }
    let card = ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"];
    let line = ["-append", "ip=10.4.0.9::10.4.0.1:255.255.255.0::eth1:off"];
    let outcome = run("net_pod", &[&card[..], &line].concat());
    fails(&outcome, "boot argument `ip`: there is no `eth1`; the first `net` of the annotation is `eth0`");
}

#[test]
fn values_come_from_smbios_and_fw_cfg_and_the_boot_line_wins() {
    let smbios = ["-smbios", "type=11,value=other:port=1,value=unikernel:name=\"J. Doe\" port=81"];
    let fw_cfg = ["-fw_cfg", "name=opt/unikernel/values,string=port=82"];
    for machine in ["pc", "q35"] {
        let machine = ["-machine", machine];
        prints(&run("values", &machine), "nobody: port 80\n");
        prints(&run("values", &[&machine[..], &smbios].concat()), "J. Doe: port 81\n");
        prints(&run("values", &[&machine[..], &smbios, &fw_cfg].concat()), "J. Doe: port 82\n");
        prints(
            &run("values", &[&machine[..], &smbios, &fw_cfg, &["-append", "port=83"]].concat()),
            "J. Doe: port 83\n",
        );
    }
    // SMBIOS 3 has another entry point; this machine has none, and fw_cfg all the same.
    prints(
        &run("values", &[&["-machine", "pc,smbios-entry-point-type=64"], &smbios[..]].concat()),
        "J. Doe: port 81\n",
    );
    prints(&run("values", &[&["-machine", "microvm"], &fw_cfg[..]].concat()), "nobody: port 82\n");
}

#[test]
fn wrong_values_of_a_machine_are_one_line() {
    for (value, report) in [
        ("port=many", "boot argument `port`: `many` is not an integer from 0 to 65535"),
        ("prot=81", "boot argument `prot` is not declared; did you mean `port`?"),
        ("port", "boot argument `port` has no value; give `port=...`"),
        ("name=\"you", "values of the machine: a value whose closing `\"` is missing at byte 6"),
    ] {
        fails(&run("values", &["-smbios", &format!("type=11,value=unikernel:{value}")]), report);
        fails(&run("values", &["-fw_cfg", &format!("name=opt/unikernel/values,string={value}")]), report);
    }
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), format!("name={}", "x".repeat(4090))).expect("written");
    let long = format!("name=opt/unikernel/values,file={}", file.path().display());
    fails(&run("values", &["-fw_cfg", &long]), "values of the machine: they have more than 4095 bytes");
}

/// What is not declared is not looked at.
#[test]
fn a_kernel_without_sources_has_its_own_values() {
    let machine =
        ["-smbios", "type=11,value=unikernel:name=them", "-fw_cfg", "name=opt/unikernel/values,string=times=9"];
    let outcome = run("greet", &[&machine[..], &["-append", "name=you"]].concat());
    assert_eq!(outcome.console, "Hello, you\npatience: 1000 ms\n");
    let outcome = run("greet", &["-append", "name=you A=1 init=/k -- times=2"]);
    fails(
        &outcome,
        "boot argument `A` is not declared; `unikernel inspect` lists the declared ones, and `args(..rest)` takes any",
    );
}
