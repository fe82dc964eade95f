//! What a lease brings, how it goes on and how it ends.

use super::server::{Answer, Request, options};
use super::{Client, client, client_of};
use crate::frames::{arp, read_arp};
use crate::host::{Memory, Sizes, mac};
use core::net::Ipv4Addr;
use core::time::Duration;
use smoltcp::wire::{ArpOperation, DhcpMessageType};
use unikernel_net::DhcpConfig;

/// The usual options with some of them replaced or added.
fn with(changes: &[(u8, &[u8])]) -> Vec<(u8, Vec<u8>)> {
    let mut all = options();
    all.retain(|option| !changes.iter().any(|change| change.0 == option.0));
    all.extend(changes.iter().map(|(code, value)| (*code, value.to_vec())));
    all
}

/// RFC 2132: the values of a lease; RFC 5227, section 2.3: it is announced twice.
#[test]
fn a_lease_brings_address_routes_and_servers() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client_of(&mut memory, DhcpConfig { metric: 5, ..DhcpConfig::default() });
    host.gets(&with(&[
        (3, &[10, 0, 0, 1, 10, 0, 0, 2]),
        (6, &[8, 8, 8, 8, 1, 1, 1, 1, 0, 0, 0, 0, 9, 9, 9, 9]),
        (12, b"web-7\0"),
        (15, b"example.org"),
        (26, &1460_u16.to_be_bytes()),
    ]));
    assert_eq!(host.addresses(), ["10.0.0.77/24"]);
    assert_eq!(host.routes(), ["0.0.0.0/0 10.0.0.1 5", "0.0.0.0/0 10.0.0.2 6"]);
    let lease = *host.stack.transports().0.lease().unwrap();
    let servers: Vec<_> = lease.name_servers.as_slice().iter().map(ToString::to_string).collect();
    assert_eq!(servers, ["8.8.8.8", "1.1.1.1", "9.9.9.9"]);
    assert_eq!((lease.host_name(), lease.domain_name(), lease.mtu), (Some("web-7"), Some("example.org"), Some(1460)));
    assert_eq!((lease.server, lease.duration), ([10, 0, 0, 1].into(), Duration::from_secs(3600)));
    let announced: Vec<_> = host.pass(Duration::from_secs(10)).iter().filter_map(|frame| read_arp(frame)).collect();
    assert_eq!(announced.len(), 1, "the second; the first was sent with the address");
    assert_eq!((announced[0].3, announced[0].5), ([10, 0, 0, 77].into(), [10, 0, 0, 77].into()));
    // 1,460 bytes are the most: 1,433 do not fit with their headers, 1,432 do.
    host.receive(&arp(ArpOperation::Reply, mac(1), (mac(9), "10.0.0.9"), (mac(1), "10.0.0.77")));
    let (protocols, mut context) = host.split();
    let udp = &mut protocols.1.0;
    let socket = udp.bind(&mut context, "0.0.0.0:7".parse().unwrap()).unwrap();
    for (bytes, is_sent) in [(1433, false), (1432, true)] {
        let payload = unikernel_net::Payload::Borrowed(&[1; 1500][..bytes]);
        let sent = udp.send(&mut context, socket, &[payload], Some("10.0.0.9:9".parse().unwrap()));
        assert_eq!(sent.is_ok(), is_sent, "{bytes}");
    }
}

/// The routes of a lease with these options.
fn routes_of(changes: &[(u8, &[u8])]) -> Vec<String> {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.gets(&with(changes));
    host.routes()
}

/// RFC 3442: classless routes count, and routers then do not; what is malformed is as if it was not there.
#[test]
fn classless_routes_stand_before_routers() {
    let router = (3, &[10, 0, 0, 1][..]);
    let classless: &[u8] = &[0, 10, 0, 0, 3, 24, 192, 168, 7, 10, 0, 0, 4, 12, 172, 31, 0, 0, 0, 0];
    let wanted = ["0.0.0.0/0 10.0.0.3 0", "192.168.7.0/24 10.0.0.4 1", "172.16.0.0/12 link 2"];
    assert_eq!(routes_of(&[router, (121, classless)]), wanted);
    // Clouds: an address of 32 bits, its gateway on the link.
    let cloud: &[u8] = &[32, 169, 254, 1, 1, 0, 0, 0, 0, 0, 169, 254, 1, 1];
    let wanted = ["169.254.1.1/32 link 0", "0.0.0.0/0 169.254.1.1 1"];
    assert_eq!(routes_of(&[(1, &[255; 4]), router, (121, cloud)]), wanted);
    for malformed in [&[33, 1, 2, 3, 4, 5, 10, 0, 0, 1][..], &[24, 192, 168, 7, 10, 0, 0], &[8], &[]] {
        assert_eq!(routes_of(&[router, (121, malformed)]), ["0.0.0.0/0 10.0.0.1 0"], "{malformed:?}");
    }
    assert!(routes_of(&[router, (121, &[0, 224, 0, 0, 1])]).is_empty(), "a group is no router");
    assert!(routes_of(&[(3, &[])]).is_empty() && routes_of(&[(3, &[10, 0, 0])]).is_empty());
}

/// RFC 3396: parts of an option are one; RFC 2132, section 9.3: options in the fields of the file and the server's name.
#[test]
fn options_may_be_in_parts_and_elsewhere() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    let request = host.is_offered(&options());
    let mut split = with(&[(121, &[0, 10, 0]), (52, &[3])]);
    split.push((121, vec![0, 3]));
    let mut answer = Answer::new(&request, 5, &split);
    answer.file = vec![6, 4, 8, 8, 8, 8, 255];
    answer.name = vec![0, 0, 121, 5, 8, 44, 10, 0, 0, 121, 1, 4, 255];
    host.receive(&answer.frame());
    host.pass(Duration::from_secs(1));
    assert_eq!(host.routes(), ["0.0.0.0/0 10.0.0.3 0", "44.0.0.0/8 10.0.0.4 1"]);
    let lease = host.stack.transports().0.lease().unwrap();
    assert_eq!(lease.name_servers.as_slice().len(), 1);
}

/// RFC 2132: what contradicts itself is not taken; what is left out has its usual value.
#[test]
fn a_lease_is_in_order_or_not_taken() {
    for (change, addresses) in [
        ((1, &[255, 255, 0, 255][..]), None),
        ((1, &[255, 255, 255, 254]), Some("10.0.0.77/31")),
        ((1, &[255, 255, 255, 255]), Some("10.0.0.77/32")),
        ((1, &[]), Some("10.0.0.77/8")), // by its class
        ((51, &[0, 0, 0, 0]), None),
        ((51, &[1]), None),
        ((26, &[0, 68]), Some("10.0.0.77/24")),
    ] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = client(&mut memory);
        host.gets(&with(&[change]));
        assert_eq!(host.addresses().first().map(String::as_str), addresses, "{change:?}");
    }
}

/// What is sent until this second after the request for the lease.
fn sent_until(host: &mut Client<'_>, second: u64) -> Vec<Request> {
    let end = unikernel_net::Instant::from_micros((1 + second) * 1_000_000);
    host.pass(end.since(host.now)).iter().filter_map(|frame| Request::read(frame)).collect()
}

/// RFC 2131, section 4.4.5: the server is asked at T1, everybody at T2, and then the address is given up.
#[test]
fn a_lease_is_renewed_rebound_and_lost() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.gets(&options());
    assert!(sent_until(&mut host, 1799).is_empty());
    let mut renewals = Vec::new();
    for second in (1800..3149).step_by(25) {
        renewals.extend(sent_until(&mut host, second));
        // The server is there, but for its DHCP.
        host.receive(&arp(ArpOperation::Request, mac(1), (mac(9), "10.0.0.1"), (mac(1), "10.0.0.77")));
    }
    renewals.extend(sent_until(&mut host, 3149));
    assert!((3..12).contains(&renewals.len()), "half of what is left, and a minute at least: {}", renewals.len());
    for request in &renewals {
        assert_eq!((request.to, request.source), ((mac(9), [10, 0, 0, 1].into()), [10, 0, 0, 77].into()));
        assert_eq!((request.own, request.requested, request.server), ([10, 0, 0, 77].into(), None, None));
        assert!(!request.wants_broadcast && request.kind == DhcpMessageType::Request);
    }
    let rebinding = sent_until(&mut host, 3599);
    assert!((2..8).contains(&rebinding.len()), "{}", rebinding.len());
    assert!(rebinding.iter().all(|request| request.to.1 == Ipv4Addr::BROADCAST && request.own == request.source));
    assert_eq!(host.addresses().len(), 1);
    // It is over; and what was there is gone.
    let asked = sent_until(&mut host, 3601);
    assert_eq!(asked[0].kind, DhcpMessageType::Discover);
    assert!(!host.has_lease() && host.addresses().is_empty() && host.routes().is_empty());
    // The server is back.
    let request = host.receive(&Answer::new(&asked[0], 2, &options()).frame());
    let request = Request::read(&request[0]).unwrap();
    host.receive(&Answer::new(&request, 5, &options()).frame());
    host.pass(Duration::from_secs(1));
    assert_eq!(host.addresses(), ["10.0.0.77/24"]);
}

/// Section 4.4.5: an acknowledgement begins the lease anew; what has changed is changed, and nothing else. T1 and T2 may be told.
#[test]
fn a_renewal_changes_what_has_changed() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    let times: [(u8, &[u8]); 2] = [(58, &60_u32.to_be_bytes()), (59, &120_u32.to_be_bytes())];
    host.gets(&with(&times));
    host.receive(&arp(ArpOperation::Reply, mac(1), (mac(9), "10.0.0.1"), (mac(1), "10.0.0.77")));
    for router in [1, 1, 4, 4] {
        let mut frames = Vec::new();
        while frames.is_empty() {
            let sent = host.pass(Duration::from_secs(1));
            frames = sent.into_iter().filter_map(|frame| Request::read(&frame)).collect();
            host.receive(&arp(ArpOperation::Request, mac(1), (mac(9), "10.0.0.1"), (mac(1), "10.0.0.77")));
        }
        let mut options = with(&[times[0], times[1], (3, &[10, 0, 0, router])]);
        host.receive(&Answer::new(&frames[0], 5, &options).frame());
        assert_eq!(host.routes(), [format!("0.0.0.0/0 10.0.0.{router} 0")]);
        // An address that is not the one asked for is not taken.
        options[1].1 = vec![0, 0, 0, 9];
        host.receive(&Answer { address: [10, 0, 0, 8].into(), ..Answer::new(&frames[0], 5, &options) }.frame());
        assert_eq!(host.addresses(), ["10.0.0.77/24"]);
    }
    assert!((238..246).contains(&(host.now.as_micros() / 1_000_000)), "every minute: {:?}", host.now);
}

/// Section 3.2, step 4: who is refused gives up the address at once, and does not ask in a storm.
#[test]
fn a_refusal_ends_it() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.gets(&with(&[(51, &100_u32.to_be_bytes())]));
    let requests = sent_until(&mut host, 95);
    let last = requests.last().unwrap();
    let sent = host.receive(&Answer::new(last, 6, &options()).frame());
    assert!(host.addresses().is_empty() && host.routes().is_empty());
    let mut discover = Request::read(&sent[0]).unwrap();
    let begin = host.now;
    for _ in 0..5 {
        let sent = host.receive(&Answer::new(&discover, 2, &options()).frame());
        host.receive(&Answer::new(&Request::read(&sent[0]).unwrap(), 6, &options()).frame());
        discover = sent_until_next(&mut host);
    }
    assert!(host.now.since(begin) > Duration::from_secs(20), "1, 2, 4, 8 and 16 s");
}

fn sent_until_next(host: &mut Client<'_>) -> Request {
    let wait = host.stack.deadline().since(host.now);
    Request::read(&host.pass(wait)[0]).unwrap()
}

/// Section 4.4.6: an address is given back, and not asked for until somebody wants it.
#[test]
fn a_lease_is_released() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.gets(&options());
    host.receive(&arp(ArpOperation::Request, mac(1), (mac(9), "10.0.0.1"), (mac(1), "10.0.0.77")));
    let (protocols, mut context) = host.split();
    protocols.0.release(&mut context);
    let sent = host.take_sent(0);
    let release = Request::read(sent.last().unwrap()).unwrap();
    assert_eq!((release.kind, release.to), (DhcpMessageType::Release, (mac(9), [10, 0, 0, 1].into())));
    assert_eq!((release.own, release.server), ([10, 0, 0, 77].into(), Some([10, 0, 0, 1].into())));
    assert!(host.addresses().is_empty() && !host.has_lease());
    assert!(host.pass(Duration::from_secs(10_000)).is_empty());
    let (protocols, mut context) = host.split();
    protocols.0.restart(&mut context);
    assert_eq!(host.asks().kind, DhcpMessageType::Discover);
}
