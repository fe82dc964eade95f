//! Connections by name: a resolver that a router tells of, both families, answers that are too long for a datagram.

use std::fs;
use std::net::TcpListener;

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
        ("none.test", "no such host\n"),
        ("many.test", "10.0.3."),
    ] {
        let script = format!("exec 3<>/dev/tcp/10.0.0.2/53; printf {name} >&3; cat <&3");
        namespace.command("bash", "bash").args(["-c", &script]).run();
        qemu.wait_for(&format!("{name}: {said}"));
    }
}
