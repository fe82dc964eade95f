//! Routes and sources: RFC 1812, section 5.2.4.3; RFC 6724.

use crate::frames::{read_arp, read_ndp};
use crate::host::{Host, Memory, Sizes, card};
use core::net::IpAddr;
use smoltcp::wire::NdiscRepr;
use unikernel_net::{CardProperties, Error, Prefix, Route};

/// Whom it asks for, and from which address, when it sends to a destination.
fn asked(host: &mut Host<'_>, card: usize, destination: &str) -> (IpAddr, IpAddr) {
    let local = if destination.starts_with('[') { "[::]:7" } else { "0.0.0.0:7" };
    host.udp_send(local, destination, b"x").unwrap();
    let sent = host.take_sent(card);
    let frame = sent.first().unwrap_or_else(|| panic!("nothing by card {card} for {destination}"));
    if let Some((_, _, _, sender, _, target)) = read_arp(frame) {
        return (target.into(), sender.into());
    }
    let (sent, NdiscRepr::NeighborSolicit { target_addr, .. }) = read_ndp(frame).unwrap() else { panic!("{frame:?}") };
    (target_addr.into(), sent.source)
}

fn addresses(target: &str, source: &str) -> (IpAddr, IpAddr) {
    (target.parse().unwrap(), source.parse().unwrap())
}

#[test]
fn takes_the_longest_prefix_and_then_the_least_metric() {
    let mut memory = Memory::new(&Sizes { cards: vec![card(1), card(2)], ..Sizes::default() });
    let mut host = Host::new(&mut memory);
    host.add_address(0, "10.0.0.2", 24);
    host.add_address(1, "192.168.1.2", 24);
    host.add_route("0.0.0.0", 0, 0, Some("10.0.0.1"));
    host.add_route("172.16.0.0", 12, 1, Some("192.168.1.1"));
    host.add_route("172.16.9.0", 24, 0, Some("10.0.0.9"));
    let network = Prefix::new("172.16.9.0".parse().unwrap(), 24).unwrap();
    let better = Route { network, card: 1, gateway: None, source: None, metric: 0 };
    assert_eq!(asked(&mut host, 0, "8.8.8.8:53"), addresses("10.0.0.1", "10.0.0.2"));
    assert_eq!(asked(&mut host, 0, "10.0.0.77:53"), addresses("10.0.0.77", "10.0.0.2"));
    assert_eq!(asked(&mut host, 1, "172.16.1.1:53"), addresses("192.168.1.1", "192.168.1.2"));
    assert_eq!(asked(&mut host, 0, "172.16.9.1:53"), addresses("10.0.0.9", "10.0.0.2"));
    host.stack.link().remove_routes(|route| route.network == network);
    host.stack
        .link()
        .add_route(Route { metric: 5, gateway: Some("10.0.0.9".parse().unwrap()), card: 0, ..better })
        .unwrap();
    host.stack.link().add_route(Route { metric: 1, ..better }).unwrap();
    assert_eq!(asked(&mut host, 1, "172.16.9.8:53"), addresses("172.16.9.8", "192.168.1.2"), "it is on the link");
}

/// GCE, Hetzner, KubeVirt: one address with a prefix of 32 bits, a gateway that no prefix contains.
#[test]
fn a_gateway_may_be_off_every_prefix() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, &[("203.0.113.7", 32), ("2001:db8::7", 128)]);
    host.add_route("0.0.0.0", 0, 0, Some("172.31.1.1"));
    host.add_route("::", 0, 0, Some("fe80::1"));
    assert_eq!(asked(&mut host, 0, "8.8.8.8:53"), addresses("172.31.1.1", "203.0.113.7"));
    assert_eq!(asked(&mut host, 0, "[2001:4860::8]:53"), addresses("fe80::1", "2001:db8::7"));
}

/// Two cards in one subnet: an address that is bound decides which.
#[test]
fn overlapping_subnets_are_told_apart_by_the_source() {
    let mut memory = Memory::new(&Sizes { cards: vec![card(1), card(2)], ..Sizes::default() });
    let mut host = Host::new(&mut memory);
    host.add_address(0, "10.0.0.2", 24);
    host.add_address(1, "10.0.0.3", 24);
    for (local, card) in [("10.0.0.2:7", 0), ("10.0.0.3:7", 1)] {
        host.udp_send(local, "10.0.0.9:9", b"x").unwrap();
        assert_eq!((host.take_sent(card).len(), host.take_sent(1 - card).len()), (1, 0));
    }
}

#[test]
fn without_a_route_it_says_so() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, &[("10.0.0.2", 24)]);
    for destination in ["8.8.8.8:53", "[2001:db8::1]:53", "127.0.0.1:53"] {
        let local = if destination.starts_with('[') { "[::]:7" } else { "0.0.0.0:7" };
        assert_eq!(host.udp_send(local, destination, b"x"), Err(Error::NoRoute), "{destination}");
    }
    let route = |network: &str, card, gateway: Option<&str>| Route {
        network: Prefix::of_host(network.parse().unwrap()),
        card,
        gateway: gateway.map(|gateway| gateway.parse().unwrap()),
        source: None,
        metric: 0,
    };
    assert_eq!(host.stack.link().add_route(route("10.9.9.9", 1, None)), Err(Error::NoRoute), "no such card");
    assert_eq!(host.stack.link().add_route(route("10.9.9.9", 0, Some("fe80::1"))), Err(Error::NoRoute));
}

/// Packets to ourselves come back by the card that is for them, and never go out.
#[test]
fn its_own_addresses_are_reached_by_the_loopback_card() {
    let loopback = CardProperties { is_loopback: true, mtu: 65_535, ..card(0) };
    let mut memory = Memory::new(&Sizes { cards: vec![card(1), loopback], ..Sizes::default() });
    let mut host = Host::new(&mut memory);
    host.add_address(0, "10.0.0.2", 24);
    host.add_address(1, "127.0.0.1", 8);
    for destination in ["10.0.0.2:9", "127.0.0.1:9", "127.8.8.8:9"] {
        let (udp, mut context) = host.calls();
        let there = udp.bind(&mut context, "0.0.0.0:9".parse().unwrap()).unwrap();
        host.udp_send("0.0.0.0:7", destination, b"to us").unwrap();
        assert!(host.take_sent(0).is_empty());
        for frame in host.take_sent(1) {
            host.receive_on(1, &frame);
        }
        let (udp, mut context) = host.calls();
        let received = udp.receive_from(&mut context, there, &mut [0; 16]);
        assert!(received.is_ok(), "{destination}");
        udp.close(&mut context, there).unwrap();
    }
}

/// What who has several stacks chooses by.
#[test]
fn it_tells_how_far_it_reaches() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, &[("10.0.0.2", 24), ("fe80::2", 64)]);
    let mut reach = |address: &str| host.stack.link().reach(address.parse().unwrap());
    assert_eq!(reach("10.0.0.2"), Some(u8::MAX));
    assert_eq!(reach("10.0.0.3"), Some(24));
    assert_eq!(reach("224.0.0.1"), Some(0));
    assert_eq!(reach("8.8.8.8"), None);
    host.add_route("0.0.0.0", 0, 0, Some("10.0.0.1"));
    let parsed = |address: &str| address.parse::<IpAddr>().unwrap();
    let link = host.stack.link();
    assert_eq!(link.reach(parsed("8.8.8.8")), Some(0));
    assert_eq!(link.source(parsed("8.8.8.8")), Ok(parsed("10.0.0.2")));
    assert_eq!(link.source(parsed("2001:db8::1")), Err(Error::NoRoute));
    assert!(link.is_own(parsed("10.0.0.2")) && !link.is_own(parsed("10.0.0.3")));
    assert!(link.is_for_all_hosts(parsed("10.0.0.255")) && !link.is_for_all_hosts(parsed("10.0.0.254")));
}
