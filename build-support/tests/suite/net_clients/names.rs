//! Connections by name: a resolver that a router tells of, both families, answers that are too long for a datagram.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::thread;
use std::time::Duration;

use super::start;
use crate::common::dnsmasq::Dnsmasq;
use crate::common::namespace::Namespace;

/// More than a datagram of DNS has room for.
const MANY: u8 = 60;

#[test]
fn names_are_connected_to() {
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24", "fd00:9::1/64"]);
    // Each of them is this host.
    namespace.command("ip", "iproute2").args("route add local 10.0.3.0/24 dev lo".split(' ')).run();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let hosts = folder.path().join("hosts");
    let many: String = (1..=MANY).map(|host| format!("10.0.3.{host} many.test\n")).collect();
    fs::write(&hosts, many).expect("there is room");
    let log = || fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    // The name server is told of by DHCPv6, and not by the router's advertisements.
    let _server = Dnsmasq::start(
        &namespace,
        folder.path(),
        &[
            "--enable-ra",
            "--dhcp-range=fd00:9::,ra-stateless,64",
            "--dhcp-option=option6:dns-server",
            "--dhcp-option=tag:dhcpv6,option6:dns-server,[fd00:9::1]",
            "--host-record=both.test,10.0.0.1,fd00:9::1",
            "--host-record=four.test,10.0.0.1",
            "--host-record=broken.test,10.0.0.1,fd00:9::bad",
            &format!("--addn-hosts={}", hosts.display()),
            &format!("--server=/{LATE}/127.0.0.1#{}", answer_late(&namespace)),
        ],
    );
    let _listener = namespace.inside(|| TcpListener::bind("[::]:7").expect("nobody else is there"));
    let mut qemu = start(&namespace, "net_names", "q35", "", "virtio-net-pci");
    qemu.wait_for("up: 10.0.0.2\n");
    let served = crate::common::wait_for(|| log().contains("DHCPINFORMATION-REQUEST(tap0)").then_some(()));
    served.unwrap_or_else(|| panic!("nobody asks for a name server:\n{}", log()));
    for (name, said) in [
        ("four.test", "10.0.0.1:7\n"),
        ("both.test", "[fd00:9::1]:7\n"),
        ("broken.test", "10.0.0.1:7\n"),
        (LATE, "[fd00:9::1]:7\n"),
        ("none.test", "no such host\n"),
        ("many.test", "10.0.3."),
    ] {
        let script = format!("exec 3<>/dev/tcp/10.0.0.2/53; printf {name} >&3; cat <&3");
        namespace.command("bash", "bash").args(["-c", &script]).run();
        qemu.wait_for(&format!("{name}: {said}"));
    }
}

/// A name whose address of IPv6 comes while that of IPv4, which is nobody's, is tried already.
const LATE: &str = "late.test";

/// Answers what is asked of [`LATE`], on a port of its own.
fn answer_late(namespace: &Namespace) -> u16 {
    const HEADER_BYTES: usize = 12;
    /// The name of the question, the class, a minute.
    const NAME: [u8; 2] = [0xc0, HEADER_BYTES as u8];
    const CLASS_AND_TTL: [u8; 6] = [0, 1, 0, 0, 0, 60];
    let socket = namespace.inside(|| UdpSocket::bind("127.0.0.1:0").expect("there is a free port"));
    let port = socket.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let question = &buffer[..length];
            let name = question[HEADER_BYTES..].iter().position(|byte| *byte == 0).expect("a name ends");
            let [class_end, kind] = [HEADER_BYTES + name + 5, HEADER_BYTES + name + 1];
            let (late, address) = match question[kind..kind + 2] {
                [0, 1] => (Duration::ZERO, vec![10, 0, 0, 99]),
                _ => (Duration::from_millis(400), "fd00:9::1".parse::<std::net::Ipv6Addr>().unwrap().octets().to_vec()),
            };
            // A response with recursion, one question and one answer.
            let counts = [0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
            let (of_kind, bytes) = (&question[kind..kind + 2], (address.len() as u16).to_be_bytes());
            let record = [&NAME, of_kind, &CLASS_AND_TTL, &bytes, &address].concat();
            let answer = [&question[..2], &counts, &question[HEADER_BYTES..class_end], &record].concat();
            let socket = socket.try_clone().expect("there are descriptors");
            thread::spawn(move || {
                thread::sleep(late);
                let _ = socket.send_to(&answer, from); // the resolver may be gone
            });
        }
    });
    port
}
