//! Neighbours: RFC 826 for IPv4, RFC 4861 for IPv6 and for the states of both.

use crate::frames::{advertisement, arp, icmpv6, read_arp, read_ip, read_ndp, read_udp, udp};
use crate::host::{Host, Memory, Sizes, mac};
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use smoltcp::wire::{ArpOperation, Icmpv6Repr, NdiscNeighborFlags, NdiscRepr, RawHardwareAddress};
use unikernel_net::{Error, Mac, Reason};

const HERE: &[(&str, u8)] = &[("10.0.0.2", 24), ("2001:db8::2", 64), ("fe80::2", 64)];

fn reply(host: u8) -> Vec<u8> {
    arp(ArpOperation::Reply, mac(1), (mac(host), &format!("10.0.0.{host}")), (mac(1), "10.0.0.2"))
}

/// RFC 826: whoever asks for our address gets it; whoever asks for another's does not.
#[test]
fn answers_those_who_ask_for_it_alone() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let ask = |target| arp(ArpOperation::Request, Mac::BROADCAST, (mac(9), "10.0.0.9"), (Mac::UNSPECIFIED, target));
    let sent = host.receive(&ask("10.0.0.2"));
    let [frame] = &sent[..] else { panic!("{sent:?}") };
    let (to, operation, sender, address, target, asker) = read_arp(frame).unwrap();
    assert_eq!((to, operation, sender, target), (mac(9), ArpOperation::Reply, mac(1), mac(9)));
    assert_eq!((address, asker), (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 9)));
    assert!(host.receive(&ask("10.0.0.3")).is_empty());
    // RFC 5227, section 2.1.1: a probe has no sender, and is answered.
    let probe = arp(ArpOperation::Request, Mac::BROADCAST, (mac(8), "0.0.0.0"), (Mac::UNSPECIFIED, "10.0.0.2"));
    assert_eq!(host.receive(&probe).len(), 1);
    // Who has asked is known: nothing is asked before he is sent something.
    host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"known").unwrap();
    let sent = host.take_sent(0);
    assert_eq!(read_udp(&sent[0]).unwrap().0.mac, mac(9));
}

/// A gateway that is not in the subnet of our address asks too, and is answered: `/32` of clouds.
#[test]
fn answers_those_who_are_not_in_its_subnet() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, &[("203.0.113.7", 32)]);
    host.add_route("0.0.0.0", 0, 0, Some("172.31.1.1"));
    let ask = arp(ArpOperation::Request, Mac::BROADCAST, (mac(9), "172.31.1.1"), (Mac::UNSPECIFIED, "203.0.113.7"));
    assert!(read_arp(&host.receive(&ask)[0]).is_some());
    host.udp_send("0.0.0.0:7", "8.8.8.8:53", b"by the gateway").unwrap();
    let (sent, ..) = read_udp(&host.take_sent(0)[0]).unwrap();
    assert_eq!((sent.mac, sent.source), (mac(9), "203.0.113.7".parse::<IpAddr>().unwrap()));
}

/// RFC 4861, section 7.2.2, for both families: three attempts a second apart, then an error to who has asked.
#[test]
fn gives_up_after_three_attempts_and_says_so() {
    for (local, remote) in [("10.0.0.2:7", "10.0.0.77:9"), ("[2001:db8::2]:7", "[2001:db8::77]:9")] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = Host::with_addresses(&mut memory, HERE);
        let (udp, mut context) = host.calls();
        let socket = udp.bind(&mut context, local.parse().unwrap()).unwrap();
        udp.connect(&mut context, socket, remote.parse().unwrap()).unwrap();
        udp.send(&mut context, socket, &[], None).unwrap();
        assert_eq!(host.take_sent(0).len(), 1);
        for _ in 0..2 {
            assert!(host.pass(Duration::from_millis(999)).is_empty());
            assert_eq!(host.pass(Duration::from_millis(1)).len(), 1);
        }
        assert!(host.pass(Duration::from_millis(999)).is_empty());
        let (udp, mut context) = host.calls();
        assert_eq!(udp.send(&mut context, socket, &[], None), Ok(()), "it may still answer");
        assert!(host.pass(Duration::from_millis(1)).is_empty());
        let (udp, mut context) = host.calls();
        let error = Error::Unreachable(Reason::HostUnreachable);
        assert_eq!(udp.send(&mut context, socket, &[], None), Err(error));
    }
}

/// To resolve one never delays another, and the newest few of each wait (RFC 4861, section 7.2.2).
#[test]
fn a_silent_neighbour_delays_nobody() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    for number in 0..20 {
        host.udp_send("10.0.0.2:7", "10.0.0.66:9", &[number]).unwrap();
    }
    for number in 0..5 {
        host.udp_send("10.0.0.2:7", "10.0.0.9:9", &[number]).unwrap();
    }
    let asked: Vec<Ipv4Addr> = host.take_sent(0).iter().map(|frame| read_arp(frame).unwrap().5).collect();
    assert_eq!(asked, [Ipv4Addr::new(10, 0, 0, 66), Ipv4Addr::new(10, 0, 0, 9)]);
    let payloads = |frames: Vec<Vec<u8>>| frames.iter().map(|frame| read_udp(frame).unwrap().3[0]).collect::<Vec<u8>>();
    assert_eq!(payloads(host.receive(&reply(9))), [2, 3, 4], "three wait, the oldest are dropped");
    assert_eq!(payloads(host.receive(&reply(66))), [17, 18, 19]);
    assert_eq!(host.stack.link().counters().unresolved, 17 + 2);
}

/// However many do not answer, one that does is reached: its frames find room.
#[test]
fn many_silent_neighbours_delay_nobody() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    for number in 0..10_000_u32 {
        let [_, _, high, low] = number.to_be_bytes();
        let _ = host.udp_send("10.0.0.2:7", &format!("10.0.0.{}:9", 50 + (high ^ low) % 200), b"lost");
    }
    host.take_sent(0);
    host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"heard").unwrap();
    assert_eq!(read_arp(&host.take_sent(0)[0]).unwrap().5, Ipv4Addr::new(10, 0, 0, 9));
    assert_eq!(read_udp(&host.receive(&reply(9))[0]).unwrap().3, b"heard");
}

/// RFC 4861, section 7.3.3: used after 30 s, it is probed after 5 s, three times, meanwhile used, then forgotten.
#[test]
fn a_neighbour_in_use_is_refreshed_before_it_is_forgotten() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"first").unwrap();
    host.take_sent(0);
    host.receive(&reply(9));
    assert!(host.pass(Duration::from_secs(29)).is_empty());
    host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"fresh").unwrap();
    host.take_sent(0);
    assert!(host.pass(Duration::from_secs(20)).is_empty(), "it was fresh when it was used");
    host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"stale").unwrap();
    assert_eq!(read_udp(&host.take_sent(0)[0]).unwrap().3, b"stale");
    assert!(host.pass(Duration::from_millis(4_999)).is_empty());
    let sent = host.pass(Duration::from_millis(1));
    let probe = read_arp(&sent[0]).unwrap();
    assert_eq!((probe.0, probe.1), (mac(9), ArpOperation::Request), "it alone is asked");
    // The answer makes it fresh again; without one it is gone after three.
    host.receive(&reply(9));
    assert!(host.pass(Duration::from_secs(29)).is_empty());
    host.pass(Duration::from_secs(2));
    host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"stale").unwrap();
    host.take_sent(0);
    assert_eq!(host.pass(Duration::from_secs(8)).len(), 3);
    host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"unknown").unwrap();
    assert_eq!(read_arp(&host.take_sent(0)[0]).unwrap().0, Mac::BROADCAST);
}

/// 200 neighbours ask and are answered; each is then sent to without a question.
#[test]
fn a_table_of_256_holds_a_subnet() {
    let mut memory = Memory::new(&Sizes { neighbours: 256, ..Sizes::default() });
    let mut host = Host::with_addresses(&mut memory, HERE);
    for number in 10..210 {
        let sender = (mac(number), &*format!("10.0.0.{number}"));
        assert_eq!(
            host.receive(&arp(ArpOperation::Request, Mac::BROADCAST, sender, (Mac::UNSPECIFIED, "10.0.0.2"))).len(),
            1
        );
    }
    let mut known = 0;
    for number in 10..210 {
        host.udp_send("10.0.0.2:7", &format!("10.0.0.{number}:9"), b"x").unwrap();
        known += host
            .take_sent(0)
            .iter()
            .filter(|frame| read_udp(frame).is_some_and(|udp| udp.0.mac == mac(number)))
            .count();
    }
    // Sets of eight hold nearly all of them: 200 fall into 32 sets.
    assert!(known > 150, "{known}");
}

/// RFC 826 and RFC 4861, section 7.2.5: an answer that nobody has asked for makes no entry.
#[test]
fn what_was_not_asked_for_is_not_remembered() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    host.receive(&reply(9));
    host.receive(&advertisement((mac(9), mac(1)), "2001:db8::9", "2001:db8::2", NdiscNeighborFlags::SOLICITED));
    host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"x").unwrap();
    assert!(read_arp(&host.take_sent(0)[0]).is_some());
    host.udp_send("[2001:db8::2]:7", "[2001:db8::9]:9", b"x").unwrap();
    assert!(read_ndp(&host.take_sent(0)[0]).is_some());
}

/// Nobody takes our own address from us, by ARP or by an advertisement.
#[test]
fn its_own_address_is_not_for_others_to_claim() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let claim = arp(ArpOperation::Request, Mac::BROADCAST, (mac(6), "10.0.0.2"), (Mac::UNSPECIFIED, "10.0.0.2"));
    assert!(host.receive(&claim).is_empty());
    host.receive(&advertisement((mac(6), mac(1)), "2001:db8::2", "2001:db8::2", NdiscNeighborFlags::OVERRIDE));
    assert!(host.receive(&udp((mac(6), mac(1)), ("10.0.0.2", 1), ("10.0.0.2", 9), b"x")).is_empty());
}

/// RFC 4861, sections 7.2.2 to 7.2.5: solicitation of the group, advertisement, then the datagram.
#[test]
fn resolves_ipv6_neighbours() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    host.udp_send("[2001:db8::2]:7", "[2001:db8::9]:9", b"six").unwrap();
    let (sent, message) = read_ndp(&host.take_sent(0)[0]).unwrap();
    assert_eq!((sent.mac, sent.hop_limit), (Mac([0x33, 0x33, 0xFF, 0, 0, 9]), 255));
    assert_eq!(sent.destination, "ff02::1:ff00:9".parse::<IpAddr>().unwrap());
    assert!(
        matches!(message, NdiscRepr::NeighborSolicit { target_addr, lladdr: Some(_) } if target_addr.to_string() == "2001:db8::9")
    );
    let flags = NdiscNeighborFlags::SOLICITED | NdiscNeighborFlags::OVERRIDE;
    let sent = host.receive(&advertisement((mac(9), mac(1)), "2001:db8::9", "2001:db8::2", flags));
    assert_eq!(read_udp(&sent[0]).unwrap().0.mac, mac(9));
}

/// RFC 4861, section 7.2.4: solicitations are answered, probes to all nodes; section 7.1.1: not those from beyond a router.
#[test]
fn answers_ipv6_solicitations() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let group = Mac([0x33, 0x33, 0xFF, 0, 0, 2]);
    let ask = |source, lladdr: Option<Mac>, hops| {
        let lladdr = lladdr.map(|mac| RawHardwareAddress::from_bytes(&mac.0));
        let message = NdiscRepr::NeighborSolicit { target_addr: "2001:db8::2".parse().unwrap(), lladdr };
        icmpv6((mac(9), group), source, "ff02::1:ff00:2", hops, &Icmpv6Repr::Ndisc(message))
    };
    let (sent, message) = read_ndp(&host.receive(&ask("2001:db8::9", Some(mac(9)), 255))[0]).unwrap();
    assert_eq!((sent.mac, sent.destination), (mac(9), "2001:db8::9".parse::<IpAddr>().unwrap()));
    let NdiscRepr::NeighborAdvert { flags, .. } = message else { panic!("{message:?}") };
    assert_eq!(flags, NdiscNeighborFlags::SOLICITED | NdiscNeighborFlags::OVERRIDE);
    let (sent, message) = read_ndp(&host.receive(&ask("::", None, 255))[0]).unwrap();
    assert_eq!(sent.destination, "ff02::1".parse::<IpAddr>().unwrap());
    let NdiscRepr::NeighborAdvert { flags, .. } = message else { panic!("{message:?}") };
    assert_eq!(flags, NdiscNeighborFlags::OVERRIDE);
    assert!(host.receive(&ask("2001:db8::9", Some(mac(9)), 254)).is_empty());
    assert!(host.receive(&ask("::", Some(mac(9)), 255)).is_empty(), "a probe has no link-layer address");
}

/// Section 7.2.5: without the override flag another address is not believed, and what is known is doubted.
#[test]
fn an_advertisement_without_override_changes_no_address() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    host.udp_send("[2001:db8::2]:7", "[2001:db8::9]:9", b"1").unwrap();
    host.take_sent(0);
    host.receive(&advertisement((mac(9), mac(1)), "2001:db8::9", "2001:db8::2", NdiscNeighborFlags::SOLICITED));
    host.receive(&advertisement((mac(66), mac(1)), "2001:db8::9", "ff02::1", NdiscNeighborFlags::empty()));
    host.udp_send("[2001:db8::2]:7", "[2001:db8::9]:9", b"2").unwrap();
    assert_eq!(read_ip(&host.take_sent(0)[0]).unwrap().mac, mac(9));
    assert_eq!(host.pass(Duration::from_secs(5)).len(), 1, "it is stale, and probed");
    host.receive(&advertisement((mac(66), mac(1)), "2001:db8::9", "ff02::1", NdiscNeighborFlags::OVERRIDE));
    host.udp_send("[2001:db8::2]:7", "[2001:db8::9]:9", b"3").unwrap();
    assert_eq!(read_ip(&host.take_sent(0)[0]).unwrap().mac, mac(66));
}
