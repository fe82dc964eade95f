//! Reports of group membership: RFC 3810.

use super::router::{ALL_NODES, icmpv6, prefix, read_icmpv6};
use super::{Client, client};
use crate::host::{Memory, Sizes};
use crate::network::Node;
use core::net::Ipv6Addr;
use core::time::Duration;

/// The records of the reports among frames: source, kind and group.
fn reports(frames: &[Vec<u8>]) -> Vec<(String, u8, String)> {
    let mut all = Vec::new();
    for (source, destination, hops, message) in frames.iter().filter_map(|frame| read_icmpv6(frame)) {
        if message[0] != 143 {
            continue;
        }
        assert_eq!((&destination[..], hops), ("ff02::16", 1));
        let count = usize::from(message[7]);
        assert_eq!(message.len(), 8 + 20 * count);
        for record in message[8..].chunks(20) {
            assert_eq!(record[1..4], [0, 0, 0], "no sources");
            let group = Ipv6Addr::from(*record[4..].first_chunk::<16>().unwrap()).to_string();
            all.push((source.clone(), record[0], group));
        }
    }
    all
}

fn query(code: u16, group: &str) -> Vec<u8> {
    let mut message = vec![130, 0, 0, 0];
    message.extend_from_slice(&code.to_be_bytes());
    message.extend_from_slice(&[0, 0]);
    message.extend_from_slice(&group.parse::<Ipv6Addr>().unwrap().octets());
    message.extend_from_slice(&[2, 125, 0, 0]);
    message
}

fn with_addresses(host: &mut Client<'_>) -> Vec<Vec<u8>> {
    let mut sent = host.pass(Duration::from_secs(3));
    host.add_address(0, "2001:db8:1::77:8899", 64);
    let now = host.now;
    sent.extend(host.transmit(now));
    sent.extend(host.pass(Duration::from_secs(3)));
    sent
}

/// Section 6.1: a change is told twice, from no address as long as there is none (section 5.2.13); addresses of one group are one change.
#[test]
fn changes_are_told_twice() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    let sent = reports(&with_addresses(&mut host));
    let record = |source: &str, kind, group: &str| (source.to_owned(), kind, group.to_owned());
    assert_eq!(sent.len(), 4, "{sent:?}");
    assert_eq!(sent[0], record("::", 4, "ff02::1:ff00:1"));
    assert_eq!((sent[1].1, &sent[1].2), (4, &sent[0].2));
    assert_eq!(sent[2..], [record("fe80::ff:fe00:1", 4, "ff02::1:ff77:8899"), sent[2].clone()]);
    host.stack.link().remove_address(0, "2001:db8:1::77:8899".parse().unwrap());
    let now = host.now;
    let mut sent = reports(&host.transmit(now));
    sent.extend(reports(&host.pass(Duration::from_secs(3))));
    assert_eq!(sent, vec![record("fe80::ff:fe00:1", 3, "ff02::1:ff77:8899"); 2]);
    // An address with the same end as another's: nothing changes.
    host.told(1800, &[prefix("2001:db8:1::", 64, 0x40, 4000, 3000)]);
    assert!(reports(&host.pass(Duration::from_secs(3))).is_empty());
}

/// Sections 5.1.3, 6.2 and 6.3: queries are answered in their time, once, about what is asked.
#[test]
fn queries_are_answered_in_time() {
    for (group, own) in [("::", 2), ("ff02::1:ff77:8899", 1), ("ff02::1:ff00:9", 0)] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = client(&mut memory);
        with_addresses(&mut host);
        let to = if group == "::" { ALL_NODES } else { group };
        for _ in 0..2 {
            host.receive(&icmpv6("fe80::9", to, 1, query(5_000, group)));
        }
        let sent = reports(&host.pass(Duration::from_secs(5)));
        assert_eq!(sent.len(), own, "{group}: {sent:?}");
        assert!(sent.iter().all(|record| record.1 == 2));
        assert!(reports(&host.pass(Duration::from_secs(100))).is_empty());
    }
    // Not from beyond a router, not from no host of the link, not cut; not by this version to who asks by the first one.
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    with_addresses(&mut host);
    for frame in [
        icmpv6("fe80::9", ALL_NODES, 64, query(100, "::")),
        icmpv6("2001:db8::9", ALL_NODES, 1, query(100, "::")),
        icmpv6("fe80::9", ALL_NODES, 1, query(100, "::")[..26].to_vec()),
        icmpv6("fe80::9", ALL_NODES, 1, query(100, "::")[..20].to_vec()),
        icmpv6("fe80::9", ALL_NODES, 64, query(100, "::")[..24].to_vec()),
        icmpv6("fe80::9", ALL_NODES, 1, query(100, "::")[..24].to_vec()),
    ] {
        host.receive(&frame);
        assert!(reports(&host.pass(Duration::from_secs(10))).is_empty());
    }
    host.pass(Duration::from_secs(300));
    // Section 5.1.3: long times are written as floating-point numbers; two questions are answered by one report of all.
    host.receive(&icmpv6("fe80::9", ALL_NODES, 1, query(0xFFFF, "::")));
    host.receive(&icmpv6("fe80::9", "ff02::1:ff77:8899", 1, query(1, "ff02::1:ff77:8899")));
    assert_eq!(reports(&host.pass(Duration::from_millis(1))).len(), 2);
}

/// RFC 2710, sections 3 and 4; RFC 3810, section 8: who asks by the first version is told by it, until nobody has for 260 s.
#[test]
fn the_first_version_is_spoken_to_who_speaks_it() {
    let told = |frames: &[Vec<u8>]| -> Vec<(u8, String, String)> {
        let sent = frames.iter().filter_map(|frame| read_icmpv6(frame)).filter(|sent| matches!(sent.3[0], 131 | 132));
        sent.map(|(source, destination, hops, message)| {
            assert_eq!((&source[..], hops, message.len()), ("fe80::ff:fe00:1", 1, 24));
            assert_eq!(message[4..8], [0; 4], "no time, nothing reserved");
            let group = Ipv6Addr::from(*message[8..].first_chunk::<16>().unwrap()).to_string();
            (message[0], destination, group)
        })
        .collect()
    };
    let report = |group: &str| (131, group.to_owned(), group.to_owned());
    for (group, expected) in [
        ("::", vec![report("ff02::1:ff00:1"), report("ff02::1:ff77:8899")]),
        ("ff02::1:ff77:8899", vec![report("ff02::1:ff77:8899")]),
        ("ff02::1:ff00:9", vec![]),
    ] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = client(&mut memory);
        with_addresses(&mut host);
        // In this version the time is a number, however large.
        host.receive(&icmpv6("fe80::9", ALL_NODES, 1, query(0xFFFF, group)[..24].to_vec()));
        let sent = host.pass(Duration::from_millis(0xFFFF));
        assert_eq!((told(&sent), reports(&sent)), (expected, vec![]), "{group}");
        // What changes is told by it as well: what is left to all routers, what is new to its group, each twice.
        host.stack.link().remove_address(0, "2001:db8:1::77:8899".parse().unwrap());
        host.add_address(0, "2001:db8:1::77:1234", 64);
        let now = host.now;
        let mut sent = host.transmit(now);
        sent.extend(host.pass(Duration::from_secs(3)));
        let done = (132, "ff02::2".to_owned(), "ff02::1:ff77:8899".to_owned());
        let mut told = told(&sent);
        told.sort();
        assert_eq!(told, [report("ff02::1:ff77:1234"), report("ff02::1:ff77:1234"), done.clone(), done], "{group}");
        assert!(reports(&sent).is_empty());
        // And then no longer.
        host.pass(Duration::from_secs(260));
        host.receive(&icmpv6("fe80::9", ALL_NODES, 1, query(100, "::")));
        assert_eq!(reports(&host.pass(Duration::from_secs(1))).len(), 2, "{group}");
    }
}
