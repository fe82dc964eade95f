//! IPv6: neighbours, routers, echoes, TCP and UDP, on two cards. The other end of each wire is this test.

use std::net::Ipv6Addr;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::frame::{self, ACK, PEER_MAC, RST, SYN, Segment};
use crate::common::ipv6::{self, ALL_NODES, PEER_LINK, Packet};
use crate::common::kernels::{boot, kernel};
use crate::common::qemu::Qemu;
use crate::common::wire::Wire;
use crate::common::{PATIENCE, tool};
use smoltcp::wire::{IpProtocol, NdiscNeighborFlags};
use unikernel_bench::counts;
use unikernel_cli::machine::debug_exit;

const GUEST: Ipv6Addr = Ipv6Addr::new(0xfd00, 1, 0, 0, 0, 0, 0, 2);
const PEER: Ipv6Addr = Ipv6Addr::new(0xfd00, 1, 0, 0, 0, 0, 0, 1);
const LINK: [u16; 4] = [0xfe80, 0, 0, 0];
const PREFIX: [u16; 4] = [0x2001, 0xdb8, 5, 6];
const LAN_MAC: [u8; 6] = [0x52, 0x54, 0, 0, 0, 1];
const WAN_MAC: [u8; 6] = [0x52, 0x54, 0, 0, 0, 2];

const SOLICIT: u8 = 135;
const ADVERTISE: u8 = 136;
const ECHO_REPLY: u8 = 129;

fn arguments(lan: &Wire, wan: &Wire, machine: &str, command_line: &str) -> Vec<String> {
    let card = if machine == "microvm" { "virtio-net-device" } else { "virtio-net-pci" };
    let cards = [
        lan.arguments("lan", &format!("{card},mac=52:54:00:00:00:01")),
        wan.arguments("wan", &format!("{card},mac=52:54:00:00:00:02")),
    ];
    let rest = ["-cpu", "max", "-global", "virtio-mmio.force-legacy=false"].map(str::to_owned);
    boot(&kernel("net_six"), machine, "4M", command_line).into_iter().chain(rest).chain(cards.concat()).collect()
}

fn start(machine: &str) -> (Qemu, Wire, Wire) {
    let (lan, wan) = (Wire::new(), Wire::new());
    let arguments = arguments(&lan, &wan, machine, "");
    (Qemu::start(arguments), lan, wan)
}

fn is_icmp(packet: &Packet, kind: u8) -> bool {
    packet.protocol == IpProtocol::Icmpv6 && packet.payload[0] == kind
}

/// Sends requests of many lengths, and wants their bytes back.
fn ping(wire: &Wire, peer: Ipv6Addr, guest: Ipv6Addr, mac: [u8; 6], count: u16, longest: usize) {
    for number in 0..count {
        let bytes = usize::from(number) * longest / usize::from(count.max(2) - 1);
        let request = ipv6::echo_request(mac, [peer, guest], number, bytes);
        wire.send(&request);
        let reply = wire.wait_for("echo", |frame| answered(wire, frame, peer, |packet| is_icmp(packet, ECHO_REPLY)));
        assert_eq!((reply.from, reply.to), (guest, peer));
        assert_eq!(reply.payload[4..], request[58..], "echo {number} of {bytes} bytes");
    }
}

/// A packet that `wanted` takes; who asks for us meanwhile is answered.
fn answered(wire: &Wire, frame: &[u8], peer: Ipv6Addr, wanted: impl Fn(&Packet) -> bool) -> Option<Packet> {
    let packet = ipv6::read(frame)?;
    if is_icmp(&packet, SOLICIT) && packet.payload[8..24] == peer.octets() {
        wire.send(&ipv6::neighbor_advertisement(
            packet.mac[1],
            peer,
            packet.from,
            NdiscNeighborFlags::SOLICITED | NdiscNeighborFlags::OVERRIDE,
        ));
    }
    Some(packet).filter(wanted)
}

/// A datagram, with a checksum, as UDP over IPv6 has to have.
fn datagram(mac: [u8; 6], addresses: [Ipv6Addr; 2], port: u8, text: &[u8]) -> Vec<u8> {
    frame::udp(mac, ipv6::addresses(addresses), [0x3000, port.into()], text)
}

fn ask(wire: &Wire, mac: [u8; 6], peer: Ipv6Addr, guest: Ipv6Addr, text: &[u8]) -> Vec<u8> {
    wire.send(&datagram(mac, [peer, guest], 9, text));
    let reply = |packet: &Packet| packet.protocol == IpProtocol::Udp && packet.payload[..4] == [0, 9, 0x30, 0];
    wire.wait_for("a datagram", |frame| answered(wire, frame, peer, reply)).payload[8..].to_vec()
}

#[test]
fn a_declared_address_is_asked_for_defended_and_answers() {
    for machine in ["pc", "q35", "microvm"] {
        let (mut qemu, lan, _wan) = start(machine);
        // Before it is used: has anybody else the address?
        let link_local = ipv6::with_prefix(LINK, LAN_MAC);
        let mut asked = Vec::new();
        while asked.len() < 2 {
            let question = ipv6::wait_for(&lan, "whether it is taken", |packet| packet.from.is_unspecified());
            assert_eq!((question.payload[0], question.hops, question.payload.len()), (SOLICIT, 255, 24));
            let target: [u8; 16] = question.payload[8..24].try_into().unwrap();
            let target = Ipv6Addr::from(target);
            assert_eq!(question.to, ipv6::solicited_node(target));
            assert_eq!(question.mac, [ipv6::multicast_mac(question.to), LAN_MAC]);
            asked.push(target);
        }
        assert_eq!(asked, [link_local, GUEST]);
        qemu.wait_for("Some(fd00:1::2) None\n");
        qemu.wait_for("itself: itself\n");

        let mac = ipv6::resolve(&lan, PEER, GUEST);
        assert_eq!((mac, ipv6::resolve(&lan, PEER_LINK, link_local)), (LAN_MAC, LAN_MAC), "{machine}");
        ping(&lan, PEER, GUEST, mac, 60, 1452);
        ping(&lan, PEER_LINK, link_local, mac, 3, 100);
        // All nodes of the link are asked; it answers with an address of its own.
        lan.send(&ipv6::echo_request(ipv6::multicast_mac(ALL_NODES), [PEER_LINK, ALL_NODES], 1, 8));
        let reply = ipv6::wait_for(&lan, "echo", |packet| is_icmp(packet, ECHO_REPLY));
        assert_eq!((reply.from, reply.to), (link_local, PEER_LINK));

        // Whoever wants to take it, after the second in which it could have been another's, is told that it is ours.
        thread::sleep(Duration::from_millis(1200));
        lan.send(&ipv6::neighbor_solicitation(Ipv6Addr::UNSPECIFIED, GUEST));
        let defence = ipv6::wait_for(&lan, "defence", |packet| is_icmp(packet, ADVERTISE));
        assert_eq!((defence.from, defence.to, defence.hops), (GUEST, ALL_NODES, 255));
        assert_eq!((defence.payload[4], &defence.payload[8..24]), (0x20, &GUEST.octets()[..]));
        ping(&lan, PEER, GUEST, mac, 3, 100);
    }
}

#[test]
fn an_address_that_another_has_is_given_up() {
    let (mut qemu, lan, _wan) = start("pc");
    ipv6::wait_for(&lan, "whether it is taken", |packet| {
        packet.from.is_unspecified() && packet.payload[8..24] == GUEST.octets()
    });
    lan.send(&ipv6::neighbor_advertisement(
        ipv6::multicast_mac(ALL_NODES),
        GUEST,
        ALL_NODES,
        NdiscNeighborFlags::OVERRIDE,
    ));
    qemu.wait_for(" None\n"); // all is served by then
    // Its other address goes on to answer, this one does not.
    let link_local = ipv6::with_prefix(LINK, LAN_MAC);
    let mac = ipv6::resolve(&lan, PEER_LINK, link_local);
    while lan.receive(Duration::from_millis(200)).is_some() {}
    lan.send(&ipv6::neighbor_solicitation(PEER, GUEST));
    lan.send(&ipv6::echo_request(mac, [PEER, GUEST], 1, 8));
    assert_silent(&lan, Duration::from_millis(500), "an address that is given up");
    assert_eq!(ask(&lan, mac, PEER_LINK, link_local, b"address"), [0; 16]);
}

#[test]
fn what_routers_advertise_is_taken_and_goes_when_it_is_over() {
    let (mut qemu, _lan, wan) = start("q35");
    let asked = ipv6::wait_for(&wan, "a question for routers", |packet| is_icmp(packet, 133));
    let link_local = ipv6::with_prefix(LINK, WAN_MAC);
    assert_eq!((asked.from, asked.to, asked.hops), (link_local, Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2), 255));
    assert_eq!(asked.payload[8..], [1, 1, 0x52, 0x54, 0, 0, 0, 2]);

    // From another network, or with a prefix of the link, it says nothing to us.
    let mut foreign = ipv6::router_advertisement(1800, PREFIX, 86_400);
    foreign[21] = 254;
    wan.send(&foreign);
    wan.send(&ipv6::router_advertisement(1800, LINK, 86_400));
    // A short life: nothing shortens a longer one to less than two hours (RFC 4862, section 5.5.3 (e)).
    wan.send(&ipv6::router_advertisement(1800, PREFIX, 20));
    let own = ipv6::with_prefix(PREFIX, WAN_MAC);
    let question = ipv6::wait_for(&wan, "whether it is taken", |packet| packet.payload[8..24] == own.octets());
    assert!(question.from.is_unspecified() && is_icmp(&question, SOLICIT));

    qemu.wait_for("itself: itself\n"); // all is served by then

    // From far away: the answer goes by the router.
    let far = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 77);
    let mac = ipv6::resolve(&wan, PEER_LINK, own);
    wan.send(&ipv6::echo_request(mac, [far, own], 3, 50));
    let reply = |packet: &Packet| is_icmp(packet, ECHO_REPLY);
    let reply = wan.wait_for("echo by the router", |frame| answered(&wan, frame, PEER_LINK, reply));
    assert_eq!((reply.mac[0], reply.from, reply.to), (PEER_MAC, own, far));
    let neighbour = ipv6::with_prefix(PREFIX, PEER_MAC);
    assert_eq!(ask(&wan, mac, neighbour, own, b"address"), own.octets());

    // The end of its life: the address is nobody's again.
    wan.send(&ipv6::router_advertisement(0, PREFIX, 0));
    let start = Instant::now();
    while ask(&wan, mac, PEER_LINK, link_local, b"address") != [0; 16] {
        assert!(start.elapsed() < PATIENCE, "the prefix is for ever");
    }
    wan.send(&ipv6::neighbor_solicitation(neighbour, own));
    let ours = |packet: &Packet| is_icmp(packet, ADVERTISE) && packet.from == own;
    while let Some(frame) = wan.receive(Duration::from_millis(300)) {
        assert!(!ipv6::read(&frame).is_some_and(|packet| ours(&packet)), "it answers for an address that it has not");
    }
}

#[test]
fn what_is_beyond_goes_by_the_declared_gateway() {
    let (mut qemu, lan, _wan) = start("pc");
    qemu.wait_for("itself: itself\n");
    let mac = ipv6::resolve(&lan, PEER, GUEST);
    assert_eq!(ask(&lan, mac, PEER, GUEST, b"echo"), b"echo");
    lan.send(&datagram(mac, [PEER, GUEST], 9, b"beyond"));
    let beyond = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9);
    let packet = lan.wait_for("a datagram", |frame| answered(&lan, frame, PEER, |packet| packet.to == beyond));
    assert_eq!((packet.mac[0], packet.from, &packet.payload[8..]), (PEER_MAC, GUEST, &b"beyond"[..]));
}

fn syn(mac: [u8; 6], addresses: [Ipv6Addr; 2], from_port: u16, port: u16) -> Vec<u8> {
    let syn = Segment { ports: [from_port, port], sequence: 1, flags: SYN, window: 1024, ..Segment::default() };
    syn.frame(mac, ipv6::addresses(addresses))
}

/// Nothing comes but reports of groups, which are sent twice.
fn assert_silent(wire: &Wire, time: Duration, what: &str) {
    let start = Instant::now();
    while let Some(left) = time.checked_sub(start.elapsed()) {
        let packet = wire.receive(left).and_then(|frame| ipv6::read(&frame));
        assert!(packet.is_none(), "{what}: {packet:?}");
    }
}

#[test]
fn what_is_not_for_it_is_not_answered() {
    let (mut qemu, lan, _wan) = start("pc");
    qemu.wait_for("itself: itself\n");
    let mac = ipv6::resolve(&lan, PEER, GUEST);
    ping(&lan, PEER, GUEST, mac, 2, 10);
    while lan.receive(Duration::from_millis(300)).is_some() {}
    let own = Ipv6Addr::LOCALHOST;
    let mut far = ipv6::neighbor_solicitation(PEER, GUEST);
    far[21] = 254;
    let mut damaged = ipv6::echo_request(mac, [PEER, GUEST], 1, 8);
    damaged[60] ^= 1;
    for (what, frame) in [
        ("a ping for ::1 from outside", ipv6::echo_request(mac, [PEER, own], 1, 8)),
        ("a ping from ::1 outside", ipv6::echo_request(mac, [own, GUEST], 1, 8)),
        ("a connection to ::1 from outside", syn(mac, [PEER, own], 0x3000, 7)),
        ("a question from another network", far),
        ("a damaged message", damaged),
        ("another's address", ipv6::echo_request(mac, [PEER, Ipv6Addr::new(0xfd00, 1, 0, 0, 0, 0, 0, 9)], 1, 8)),
        ("a ping from all", ipv6::echo_request(mac, [ALL_NODES, GUEST], 1, 8)),
    ] {
        lan.send(&frame);
        assert_silent(&lan, Duration::from_millis(80), what);
    }
    lan.send(&datagram(mac, [PEER, GUEST], 99, b"?"));
    ipv6::wait_for(&lan, "port unreachable (RFC 4443, section 3.1)", |packet| {
        is_icmp(packet, 1) && packet.payload[1] == 4
    });
    lan.send(&syn(mac, [PEER, GUEST], 0x3000, 99));
    let reset = lan.wait_for("reset", |frame| ipv6::read(frame)?.segment());
    assert_eq!(reset.flags & RST, RST, "a connection to a closed port is reset");
}

#[test]
fn a_listening_port_refuses_nobody_over_ipv6_either() {
    let (mut qemu, lan, _wan) = start("pc");
    qemu.wait_for("itself: itself\n");
    let mac = ipv6::resolve(&lan, PEER, GUEST);
    ping(&lan, PEER, GUEST, mac, 1, 10);
    for port in 0..100 {
        lan.send(&syn(mac, [PEER, GUEST], 0x4000 + port, 7));
    }
    let mut established = 0;
    while let Some(frame) = lan.receive(Duration::from_millis(500)) {
        let Some(segment) = ipv6::read(&frame).and_then(|packet| packet.segment()) else { continue };
        assert_eq!(segment.flags & RST, 0, "a connection was refused");
        established += usize::from(segment.flags == SYN | ACK);
    }
    assert!(established > 0);
}

#[test]
fn a_machine_without_a_router_comes_to_rest() {
    // Guest time is instructions, and a halted machine skips to the next deadline: a loop would be billions of them.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plugin = counts::plugin(folder.path()).expect("can be built");
    let (lan, wan) = (Wire::new(), Wire::new());
    let qemu = tool("qemu-system-x86_64", "qemu-system-x86")
        .args(["-accel", "tcg", "-display", "none", "-no-reboot", "-nodefaults", "-serial", "null"])
        .args(["-device", &debug_exit(), "-icount", "shift=0,sleep=off"])
        .args(arguments(&lan, &wan, "q35", "idle_s=20"))
        .arg("-plugin")
        .arg(plugin);
    let printed = String::from_utf8(qemu.output().stderr).unwrap();
    let counts = counts::at("end", &printed).unwrap_or_else(|| panic!("no counts: {printed}"));
    println!("20 seconds without a router: {counts:?}");
    assert!(counts.instructions < 100_000_000, "{counts:?}");
}
