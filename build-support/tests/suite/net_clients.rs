//! Kernels on a real network: the system's own `ping` and TCP, and `dnsmasq` as DHCP and DNS server, over a tap.

mod connections;
mod fragments;
mod frames;
mod lossy;
mod names;
mod offloads;
mod slow;
mod snapshots;

use crate::common::dnsmasq::Dnsmasq;
use crate::common::effort::{Effort, is_left_out, scaled};
use crate::common::kernels::{boot, kernel};
use crate::common::namespace::Namespace;
use crate::common::qemu::Qemu;
use crate::common::wait_for;
use unikernel_cli::machine::debug_exit;

fn start(namespace: &Namespace, package: &str, machine: &str, command_line: &str, card: &str) -> Qemu {
    start_with(namespace, package, machine, command_line, card, &[])
}

/// As [`start`], with more for QEMU's command line.
fn start_with(
    namespace: &Namespace,
    package: &str,
    machine: &str,
    command_line: &str,
    card: &str,
    more: &[&str],
) -> Qemu {
    let rest = ["-cpu", "max", "-global", "virtio-mmio.force-legacy=false"].map(str::to_owned);
    let arguments = boot(&kernel(package), machine, "4M", command_line).into_iter().chain(rest);
    let qemu = namespace.command("qemu-system-x86_64", "qemu-system-x86");
    let card = Namespace::card(card).into_iter().chain(more.iter().map(|word| (*word).to_owned()));
    Qemu::start_by(qemu, ["-device".to_owned(), debug_exit()].into_iter().chain(arguments).chain(card))
}

/// Waits until somebody answers, then pings; none must be lost.
fn ping(namespace: &Namespace, arguments: &str, address: &str) {
    let ping = |words: &str| {
        let words = words.split_whitespace().chain([address]);
        let output = namespace.command("ping", "iputils-ping").args(words).output();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let answered = wait_for(|| ping("-c 1 -W 1").contains(" 0% packet loss").then_some(()));
    answered.unwrap_or_else(|| panic!("{address} does not answer"));
    let printed = ping(&format!("-q {arguments}"));
    assert!(printed.contains(" 0% packet loss") && !printed.contains("duplicates"), "{arguments}: {printed}");
    assert!(!printed.contains("wrong data byte"), "{printed}");
}

#[test]
fn a_flood_of_pings_loses_none() {
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24"]);
    let _qemu = start(&namespace, "ping", "q35", "", "virtio-net-pci");
    ping(&namespace, &format!("-f -c {}", scaled("pings", 5_000, 100_000, 5_000_000)), "10.0.0.2");
    ping(
        &namespace,
        &format!("-f -c {} -s 1472 -p c0ffee5a", scaled("large pings", 1_000, 10_000, 500_000)),
        "10.0.0.2",
    );
}

#[test]
fn large_frames_pass_where_the_card_announces_them() {
    let namespace = Namespace::with_tap(9000, &["10.0.0.1/24"]);
    let mut qemu = start(&namespace, "net_one", "pc", "", "virtio-net-pci,host_mtu=9000");
    qemu.wait_for("10.0.0.2");
    ping(&namespace, "-f -c 500 -M do -s 8872", "10.0.0.2");
}

#[test]
fn ipv6_is_pinged_too() {
    let namespace = Namespace::with_tap(1500, &["fd00:1::1/64"]);
    let _qemu = start(&namespace, "net_one", "microvm", "", "virtio-net-device");
    ping(&namespace, &format!("-6 -f -c {}", scaled("pings over IPv6", 2_000, 100_000, 5_000_000)), "fd00:1::2");
    ping(&namespace, "-6 -f -c 300 -s 1452 -M do -p a5", "fd00:1::2");
}

#[test]
fn an_address_and_names_are_got_from_a_real_server() {
    let namespace = Namespace::with_tap(1500, &["10.9.0.1/24"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let own = [&Dnsmasq::LENDS[..], &["--address=/example.test/10.9.0.77"]].concat();
    let _server = Dnsmasq::start(&namespace, folder.path(), &own);
    let mut qemu = start(&namespace, "net_services", "q35", "net.dhcp=true", "virtio-net-pci");
    qemu.wait_for("up: 10.9.0.50\n");
    ping(&namespace, "-c 3 -i 0.01", "10.9.0.50");
    let leases = std::fs::read_to_string(path("leases")).expect("the server keeps them");
    let (name, identifier) = ("services", b"rack 7".map(|byte| format!("{byte:02x}")).join(":"));
    assert!(leases.contains(&format!(" 10.9.0.50 {name} {identifier}\n")), "{leases}");
    // It looks up the name that is sent to its port 53.
    for (name, answer) in
        [("example.test", "10.9.0.77"), ("a.example.test", "10.9.0.77"), ("none.test", "no such host")]
    {
        let script = format!("exec 3<>/dev/tcp/10.9.0.50/53; printf {name} >&3; cat <&3");
        namespace.command("bash", "bash").args(["-c", &script]).run();
        qemu.wait_for(&format!("{name}: {answer}\n"));
    }
    if is_left_out("the lease's renewal, after a minute", Effort::All) {
        return;
    }
    // The lease is renewed when half of it is over: the shortest that this server gives has two minutes.
    let log = || std::fs::read_to_string(path("log")).unwrap_or_default();
    let renewed = wait_for(|| (log().matches("DHCPACK(tap0) 10.9.0.50").count() > 1).then_some(()));
    renewed.unwrap_or_else(|| panic!("the lease is not renewed:\n{}", log()));
    assert_eq!(log().matches("DHCPDISCOVER(tap0)").count(), 1, "{}", log());
    ping(&namespace, "-c 3 -i 0.01", "10.9.0.50");
}
