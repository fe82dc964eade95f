//! An address that another host has: RFC 5227, and RFC 2131, section 3.1, step 5.

use super::server::{Answer, Request, options};
use super::{client, client_of};
use crate::frames::{arp, read_arp};
use crate::host::{Memory, Sizes, mac};
use core::net::Ipv4Addr;
use core::time::Duration;
use smoltcp::wire::{ArpOperation, DhcpMessageType};
use unikernel_net::{DhcpConfig, Mac};

/// RFC 5227, section 2.1.1: the probes have no sender's address; the address is used when nobody has answered.
#[test]
fn probes_before_the_address_is_used() {
    for (probes, ask_count) in [(3, 3), (0, 0)] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = client_of(&mut memory, DhcpConfig { probes, ..DhcpConfig::default() });
        let request = host.is_offered(&options());
        let mut sent = host.receive(&Answer::new(&request, 5, &options()).frame());
        sent.extend(host.pass(Duration::from_millis(440)));
        assert_eq!(host.addresses().is_empty(), probes > 0);
        let asked: Vec<_> =
            sent.iter().filter_map(|frame| read_arp(frame)).filter(|sent| sent.3.is_unspecified()).collect();
        assert_eq!(asked.len(), ask_count);
        for (to, operation, sender, _, target, address) in asked {
            assert_eq!((to, operation, sender), (Mac::BROADCAST, ArpOperation::Request, mac(1)));
            assert_eq!((target, address), (Mac::UNSPECIFIED, Ipv4Addr::new(10, 0, 0, 77)));
        }
        host.pass(Duration::from_millis(20));
        assert_eq!(host.addresses(), ["10.0.0.77/24"]);
    }
}

/// Section 2.1.1: who has the address, by a request or a reply, and who probes for it too; the server is told, and asked ten seconds later.
#[test]
fn declines_what_another_host_has() {
    let reply = arp(ArpOperation::Reply, mac(1), (mac(5), "10.0.0.77"), (mac(1), "0.0.0.0"));
    let request = arp(ArpOperation::Request, Mac::BROADCAST, (mac(5), "10.0.0.77"), (Mac::UNSPECIFIED, "10.0.0.1"));
    let probe = arp(ArpOperation::Request, Mac::BROADCAST, (mac(5), "0.0.0.0"), (Mac::UNSPECIFIED, "10.0.0.77"));
    let own = arp(ArpOperation::Request, Mac::BROADCAST, (mac(1), "0.0.0.0"), (Mac::UNSPECIFIED, "10.0.0.77"));
    let other = arp(ArpOperation::Request, Mac::BROADCAST, (mac(5), "10.0.0.5"), (Mac::UNSPECIFIED, "10.0.0.77"));
    for (frame, is_taken) in [(reply, true), (request, true), (probe, true), (own, false), (other, false)] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = client(&mut memory);
        let asked = host.is_offered(&options());
        host.receive(&Answer::new(&asked, 5, &options()).frame());
        let sent = host.receive(&frame);
        let declined: Vec<_> = sent.iter().filter_map(|frame| Request::read(frame)).collect();
        assert_eq!(declined.len(), usize::from(is_taken));
        if let [decline] = &declined[..] {
            assert_eq!((decline.kind, decline.to.1), (DhcpMessageType::Decline, Ipv4Addr::BROADCAST));
            assert_eq!((decline.requested, decline.server), (asked.requested, asked.server));
            assert_eq!(decline.own, Ipv4Addr::UNSPECIFIED);
            assert!(host.pass(Duration::from_millis(9_999)).is_empty());
            assert_eq!(Request::read(&host.pass(Duration::from_millis(1))[0]).unwrap().kind, DhcpMessageType::Discover);
        }
        host.pass(Duration::from_secs(1));
        assert_eq!(host.addresses().is_empty(), is_taken);
    }
}

/// Section 2.4 (b): the address is defended once in ten seconds; who insists gets it.
#[test]
fn defends_its_address_once() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.gets(&options());
    host.pass(Duration::from_secs(5));
    let conflict = arp(ArpOperation::Reply, mac(1), (mac(5), "10.0.0.77"), (mac(1), "10.0.0.77"));
    for _ in 0..2 {
        let sent = host.receive(&conflict);
        let [defence] = &sent[..] else { panic!("{sent:?}") };
        let (to, _, sender, address, ..) = read_arp(defence).unwrap();
        assert_eq!((to, sender, address), (Mac::BROADCAST, mac(1), Ipv4Addr::new(10, 0, 0, 77)));
        assert!(host.has_lease());
        host.pass(Duration::from_secs(11));
    }
    host.receive(&conflict);
    // A probe of who looks for an address is answered, and is no conflict.
    let probe = arp(ArpOperation::Request, Mac::BROADCAST, (mac(5), "0.0.0.0"), (Mac::UNSPECIFIED, "10.0.0.77"));
    assert_eq!(read_arp(&host.receive(&probe)[0]).unwrap().1, ArpOperation::Reply);
    assert!(host.has_lease());
    let sent = host.receive(&conflict);
    assert_eq!(Request::read(&sent[0]).unwrap().kind, DhcpMessageType::Decline);
    assert!(!host.has_lease() && host.addresses().is_empty());
}
