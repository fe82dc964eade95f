//! Boots kernels with network cards and talks to them: pings, bursts, large frames, several cards, none.
//!
//! The other end of the wire is this test. Nothing here asserts how long anything takes.

use crate::common::effort::{Effort, is_left_out, scaled};
use crate::common::frame::{ACK, FIN, RST, SYN, Segment};
use crate::common::ipv4::{self, GUEST, PEER, arp_request, echo_reply, echo_request, tcp_syn};
use crate::common::kernels::{boot, kernel};
use crate::common::qemu::{Outcome, Qemu, run};
use crate::common::wire::Wire;
use std::time::Duration;

/// The status of a device that is missing, as QEMU ends with it.
const DEVICE_MISSING: Option<i32> = Some(104 << 1 | 1);

/// Machine, and the card on it: both machine types, both transports, all ways to interrupt.
const MACHINES: [(&str, &str); 7] = [
    ("pc", "virtio-net-pci"),
    ("pc", "virtio-net-pci,vectors=0"),
    ("q35", "virtio-net-pci"),
    ("q35", "virtio-net-pci,vectors=0"),
    ("microvm,acpi=off", "virtio-net-device"),
    ("microvm", "virtio-net-device"),
    ("microvm,pcie=on", "virtio-net-pci"),
];

fn start(package: &str, machine: &str, memory: &str, command_line: &str, cards: &[Vec<String>]) -> Qemu {
    let modern = ["-global", "virtio-mmio.force-legacy=false"].map(str::to_owned);
    let boot = boot(&kernel(package), machine, memory, command_line);
    Qemu::start(boot.into_iter().chain(modern).chain(cards.concat()))
}

/// Sends `count` requests, at most `window` at a time, and checks every answer.
fn ping(wire: &Wire, count: usize, window: usize, bytes: impl Fn(usize) -> usize) {
    ping_at(wire, PEER, GUEST, count, window, bytes);
}

fn ping_at(wire: &Wire, peer: [u8; 4], guest: [u8; 4], count: usize, window: usize, bytes: impl Fn(usize) -> usize) {
    let mac = wire.resolve(peer, guest);
    let (mut sent, mut answered) = (0, 0);
    while answered < count {
        while sent < count && sent - answered < window {
            wire.send(&echo_request(mac, peer, guest, sent as u16, bytes(sent)));
            sent += 1;
        }
        let number = wire.wait_for("echo", |frame| echo_reply(frame, peer, guest));
        assert_eq!(number, answered as u16, "in order, none lost");
        answered += 1;
    }
    assert_eq!(wire.receive(Duration::from_millis(50)), None, "nothing comes twice");
}

#[test]
fn every_machine_announces_itself_and_answers_pings_of_every_length() {
    for (machine, card) in MACHINES {
        let wire = Wire::new();
        let _machine = start("ping", machine, "2M", "", &[wire.arguments("lan", card)]);
        let announced = wire.wait_for("announcement", |frame| (frame[12..14] == [8, 6]).then(|| frame.to_vec()));
        assert_eq!((&announced[..6], &announced[28..32], &announced[38..42]), (&[0xff; 6][..], &GUEST[..], &GUEST[..]));
        assert_eq!(announced[22..28], wire.resolve(PEER, GUEST), "{machine}");
        ping(&wire, 1473, 8, |number| number);
    }
}

#[test]
fn ten_thousand_pings_with_a_pattern_come_back_as_they_were() {
    let wire = Wire::new();
    let _machine = start("ping", "q35", "2M", "", &[wire.arguments("lan", "virtio-net-pci")]);
    ping(&wire, 10_000, 200, |number| number % 600);
}

#[test]
fn indices_of_rings_wrap_in_a_flood_of_which_nothing_is_lost() {
    if is_left_out("200,000 pings", Effort::All) {
        return;
    }
    let wire = Wire::new();
    let _machine = start("ping", "pc", "2M", "", &[wire.arguments("lan", "virtio-net-pci")]);
    ping(&wire, scaled("pings", 200_000, 200_000, 5_000_000), 64, |_| 56);
}

#[test]
fn a_boot_argument_overrides_the_address() {
    let wire = Wire::new();
    let _machine = start("ping", "pc", "2M", "net.ip=192.168.7.9/16", &[wire.arguments("lan", "virtio-net-pci")]);
    ping_at(&wire, [192, 168, 1, 1], [192, 168, 7, 9], 10, 1, |_| 100);
}

#[test]
fn what_is_not_for_it_is_not_answered() {
    let wire = Wire::new();
    let _machine = start("stackv4", "pc", "2560K", "", &cards(&wire));
    let mac = wire.resolve(PEER, GUEST);
    let other = [10, 0, 0, 9];
    let mut damaged = echo_request(mac, PEER, GUEST, 1, 50);
    damaged[60] ^= 1;
    let syn = |guest, port: u16| tcp_syn(mac, PEER, guest, 0x8000, port);
    for (what, frame) in [
        ("a question for another", arp_request(PEER, other)),
        ("another's Ethernet address", echo_request([2, 9, 9, 9, 9, 9], PEER, GUEST, 1, 50)),
        ("another's address", echo_request(mac, PEER, other, 1, 50)),
        ("a damaged message", damaged),
        ("a ping for 127.0.0.1 from outside", echo_request(mac, PEER, [127, 0, 0, 1], 1, 50)),
        ("a ping from 127.0.0.1 outside", echo_request(mac, [127, 0, 0, 1], GUEST, 1, 50)),
        ("a connection to 127.0.0.1 from outside", syn([127, 0, 0, 1], 8080)),
        ("a short frame", vec![0xff; 13]),
        ("an empty packet", [&mac[..], &[2, 0, 0, 0, 0, 1, 8, 0]].concat()),
    ] {
        wire.send(&frame);
        assert_eq!(wire.receive(Duration::from_millis(50)), None, "{what}");
    }
    wire.send(&ipv4::packet(mac, PEER, GUEST, 17, &[0, 9, 0, 99, 0, 9, 0, 0, 1]));
    let is_port_unreachable =
        |frame: &[u8]| (frame.get(23) == Some(&1) && frame.get(34..36) == Some(&[3, 3])).then_some(());
    wire.wait_for("port unreachable: a datagram that nobody wants (RFC 1122, section 4.1.3.1)", is_port_unreachable);
    wire.send(&syn(GUEST, 99));
    let flags = wire.wait_for("reset", ipv4::segment).flags;
    assert_eq!(flags & RST, RST, "a connection to a closed port is reset");
    ping(&wire, 10, 1, |_| 56);
}

/// A card and a source of random numbers.
fn cards(wire: &Wire) -> [Vec<String>; 2] {
    [wire.arguments("lan", "virtio-net-pci"), ["-device", "virtio-rng-pci"].map(str::to_owned).to_vec()]
}

/// Flags, number and what is acknowledged of a segment to a port.
fn answer(frame: &[u8], port: u16) -> Option<(u8, u32, u32)> {
    let segment = ipv4::segment(frame).filter(|segment| segment.ports[1] == port)?;
    Some((segment.flags, segment.sequence, segment.acknowledged))
}

#[test]
fn segments_find_their_connection_or_are_reset() {
    let wire = Wire::new();
    let mut machine = start("stackv4", "pc", "2560K", "", &cards(&wire));
    let mac = wire.resolve(PEER, GUEST);
    let segment = |from: u16, [sequence, acknowledged]: [u32; 2], flags, payload: &[u8]| {
        let payload = payload.to_vec();
        let segment = Segment { ports: [from, 8080], sequence, acknowledged, flags, window: 1024, payload };
        wire.send(&segment.frame(mac, ipv4::addresses(PEER, GUEST)));
    };
    let next = |port: u16, wanted: u8| {
        wire.wait_for("segment", |frame| answer(frame, port).filter(|(flags, ..)| flags & wanted == wanted))
    };
    // The same port twice: who has ended a connection may begin the next at once.
    for (round, first) in [1000_u32, 5_000_000].into_iter().enumerate() {
        segment(7000, [first, 0], SYN, b"");
        let (_, theirs, acknowledged) = next(7000, SYN | ACK);
        assert_eq!(acknowledged, first + 1);
        // The first packet again is the same connection, and damaged or foreign ones are none.
        segment(7000, [first, 0], SYN, b"");
        let again = next(7000, ACK);
        assert!(again.1 == theirs || again.1 == theirs + 1, "{again:?} of {theirs}");
        segment(7001, [first, 77], ACK, b"lost");
        assert_eq!(next(7001, RST), (RST, 77, 0));
        let text = format!("round {round}");
        segment(7000, [first + 1, theirs + 1], ACK, text.as_bytes());
        machine.wait_for(&format!("read: 7 \"{text}\""));
        next(7000, FIN | ACK);
        segment(7000, [first + 8, theirs + 2], FIN | ACK, b"");
        assert_eq!(next(7000, ACK).1, theirs + 2);
    }
    assert_eq!(machine.console().matches("TCP 10.0.0.1:7000").count(), 2, "{}", machine.console());
}

#[test]
fn random_frames_do_no_harm() {
    let wire = Wire::new();
    let _machine = start("stackv4", "pc", "2560K", "", &cards(&wire));
    let mac = wire.resolve(PEER, GUEST);
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..scaled("random frames", 20_000, 20_000, 5_000_000) {
        let mut payload = vec![0; random.usize(..100)];
        random.fill(&mut payload);
        if let Some(port) = payload.get_mut(2..4) {
            port.copy_from_slice(&[[0, 53], [0x1f, 0x90], [0, 0]][random.usize(..3)]);
        }
        let mut frame = ipv4::packet(mac, PEER, GUEST, [1, 6, 17, 2][random.usize(..4)], &payload);
        for _ in 0..random.usize(..3) {
            let at = random.usize(14..frame.len());
            frame[at] = random.u8(..);
        }
        wire.send(&frame);
        while wire.receive(Duration::ZERO).is_some() {}
    }
    while wire.receive(Duration::from_millis(200)).is_some() {}
    ping(&wire, 100, 4, |number| number);
}

#[test]
fn two_cards_serve_each_its_own_and_large_frames_pass() {
    for machine in ["pc", "q35"] {
        let (lan, wan) = (Wire::new(), Wire::new());
        let cards = [
            lan.arguments("lan", "virtio-net-pci,host_mtu=9000,mac=52:54:00:00:00:01"),
            wan.arguments("wan", "virtio-net-pci,mac=52:54:00:00:00:02"),
        ];
        let mut qemu = start("net_two", machine, "4M", "", &cards);
        qemu.wait_for("Some(10.0.0.2) Some(10.1.0.2)\n[52, 54, 0, 0, 0, 2]");
        ping(&lan, 300, 4, |number| 8872 - number % 3 * 4000); // 8,900 bytes of IP
        ping_at(&wan, [10, 1, 200, 1], [10, 1, 0, 2], 300, 4, |number| number);
        let mac = wan.resolve([10, 1, 200, 1], [10, 1, 0, 2]);
        assert_eq!(mac, [0x52, 0x54, 0, 0, 0, 2]);
        wan.send(&arp_request(PEER, GUEST));
        assert_eq!(wan.receive(Duration::from_millis(50)), None, "each knows its own address alone");
    }
}

/// No firmware has given these cards addresses or lines, and one of them may be in a slot of the machine instead.
#[test]
fn two_cards_of_microvm_with_pci_express() {
    if is_left_out("two cards on PCI Express, and in a slot besides", Effort::All) {
        return;
    }
    for (machine, first, second) in [
        ("microvm,pcie=on", "pci", "pci"),
        ("microvm,pcie=on", "pci,vectors=0", "pci,vectors=0"),
        ("microvm,pcie=on,ioapic2=off", "pci,vectors=0,addr=5", "pci,vectors=0,addr=8"),
        ("microvm,pcie=on", "pci,disable-legacy=on", "device"),
    ] {
        let (lan, wan) = (Wire::new(), Wire::new());
        let cards = [
            lan.arguments("lan", &format!("virtio-net-{first},mac=52:54:00:00:00:01")),
            wan.arguments("wan", &format!("virtio-net-{second},mac=52:54:00:00:00:02")),
        ];
        let mut qemu = start("net_two", machine, "4M", "", &cards);
        qemu.wait_for("Some(10.0.0.2) Some(10.1.0.2)\n[52, 54, 0, 0, 0, 2]");
        ping(&lan, 100, 4, |number| number);
        ping_at(&wan, [10, 1, 200, 1], [10, 1, 0, 2], 100, 4, |number| number);
    }
}

#[test]
fn cards_are_told_apart_by_their_addresses_whatever_their_order() {
    let (lan, wan) = (Wire::new(), Wire::new());
    let cards = [
        wan.arguments("wan", "virtio-net-pci,mac=52:54:00:00:00:02"),
        lan.arguments("lan", "virtio-net-pci,mac=52:54:00:00:00:01"),
    ];
    let outcome = start("net_two", "pc", "4M", "", &cards);
    // The first in PCI order goes to `lan`, which has no `mac`; `wan` finds none that is its own.
    let Outcome { code, console, .. } = outcome.finish();
    assert_eq!(code, DEVICE_MISSING);
    assert!(console.contains("device `wan`: the machine has no "), "{console}");
}

#[test]
fn a_machine_without_the_card_says_so() {
    let disk = ["-device", "virtio-rng-pci"].map(str::to_owned).to_vec();
    for (machine, devices, found) in [
        ("pc", vec![], "no network card; found: no virtio device"),
        ("q35", vec![disk], "no network card; found: entropy source at 00:"),
        ("pc", vec![Wire::new().arguments("lan", "e1000")], "no network card; found: no virtio device"),
        ("pc", vec![Wire::new().arguments("lan", "virtio-net-pci,disable-modern=on,disable-legacy=off")], "legacy"),
    ] {
        let arguments = boot(&kernel("net_two"), machine, "4M", "").into_iter().chain(devices.concat());
        let Outcome { code, console, .. } = run(arguments);
        assert_eq!(code, DEVICE_MISSING, "{console}");
        assert!(console.contains("device `lan`: the ") && console.contains(found), "{console}");
    }
    let wire = Wire::new();
    let outcome = start("net_two", "pc", "4M", "", &[wire.arguments("lan", "virtio-net-pci")]).finish();
    assert_eq!(outcome.code, DEVICE_MISSING);
    assert!(outcome.console.contains("device `wan`: the machine has no further network card"), "{}", outcome.console);
}
