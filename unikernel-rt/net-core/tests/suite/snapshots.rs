//! Machines that are restored from one snapshot have the same key and the same clock, and draw other ports and numbers all the same.

use crate::host::{FRESH, Host, Memory, Sizes};
use unikernel_net::{Dns, DnsEntry, DnsFamilies, DnsQuery};

/// What a machine sends first: a port and the sequence number of TCP, and the port and the number of a question.
fn first_draws(fresh: u64) -> [u32; 4] {
    FRESH.set(fresh);
    let mut memory = Memory::new(&Sizes::default());
    let (mut queries, mut cache) = ([DnsQuery::FREE], [DnsEntry::FREE]);
    let dns = Dns::new(&mut queries, &mut cache);
    let mut host = Host::with_protocols(&mut memory, |protocols| (dns, protocols));
    host.add_address(0, "10.0.0.2", 24);
    let (protocols, mut context) = host.split();
    protocols.0.set_servers(["10.0.0.9:53".parse().unwrap()]);
    protocols.1.1.connect(&mut context, None, "10.0.0.9:80".parse().unwrap()).unwrap();
    protocols.0.resolve(&mut context, "example.org", DnsFamilies::Ipv4).unwrap();
    let asked = host.pass(core::time::Duration::from_millis(1));
    assert!(asked.iter().any(|frame| crate::frames::read_arp(frame).is_some()));
    let sent = host.receive(&crate::tcp::arp_reply());
    let tcp = sent.iter().find_map(|frame| crate::frames::read_tcp(frame)).expect("a SYN");
    let question = sent.iter().find(|frame| frame[23] == 17).expect("a question");
    let number = |at: usize| u32::from(u16::from_be_bytes([question[at], question[at + 1]]));
    [tcp.source.into(), tcp.sequence, number(34), number(42)]
}

#[test]
fn what_is_drawn_differs_by_fresh_numbers_alone() {
    let [one, again, other] = [1, 1, 2].map(first_draws);
    assert_eq!(one, again, "nothing else is random");
    for (one, other) in one.iter().zip(other) {
        assert_ne!(*one, other);
    }
}
