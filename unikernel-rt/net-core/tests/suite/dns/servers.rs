//! Which servers are asked, when, and what is said when none answers.

use super::server::{Answer, address};
use super::{Own, resolver};
use crate::frames::icmpv4;
use crate::host::mac;
use core::net::IpAddr;
use core::time::Duration;
use smoltcp::wire::{Icmpv4DstUnreachable, Icmpv4Repr, IpProtocol, Ipv4Repr};
use std::collections::HashSet;
use unikernel_net::{DnsFamilies, Error};

/// Each server in turn, three times, for 1, 2 and 4 seconds; each question with another number and port (RFC 5452, section 9.2).
#[test]
fn silent_servers_are_asked_in_turn() {
    let mut own = Own::new(1);
    let mut host = resolver(&mut own, &["10.0.0.53", "10.0.0.54"]);
    let (handle, first) = host.begin_and_ask("a.test", DnsFamilies::Ipv4);
    let (mut questions, begin) = (first, host.now);
    let mut times = vec![0; questions.len()];
    while host.found(handle) == Err(Error::WouldBlock) {
        let asked = host.asks(Duration::from_millis(500));
        times.extend(vec![host.now.since(begin).as_millis(); asked.len()]);
        questions.extend(asked);
    }
    assert_eq!(times, [0, 1_000, 2_000, 4_000, 6_000, 10_000]);
    let servers: Vec<_> = questions.iter().map(|question| question.server.to_string()).collect();
    assert_eq!(servers, ["10.0.0.53", "10.0.0.54"].repeat(3));
    assert_eq!(questions.iter().map(|question| (question.id, question.port)).collect::<HashSet<_>>().len(), 6);
    assert_eq!((host.found(handle), host.now.since(begin)), (Err(Error::TimedOut), Duration::from_secs(14)));
}

/// A server that fails or refuses: the next one is asked at once, and what it says counts.
#[test]
fn the_next_server_is_asked_where_one_fails() {
    let mut own = Own::new(2);
    let mut host = resolver(&mut own, &["10.0.0.53", "10.0.0.54"]);
    for code in [1, 2, 4, 5] {
        let case = format!("c{code}.test");
        let (handle, questions) = host.begin_and_ask(&case, DnsFamilies::Ipv4);
        let failed = |question: &_| Answer { flags: 0x8180 | code, ..Answer::new(question, &[]) }.frame();
        let next = host.told(&failed(&questions[0]));
        assert_eq!((next.len(), next[0].server.to_string()), (1, "10.0.0.54".to_owned()));
        host.receive(&Answer::new(&next[0], &[address(&case, 60, "192.0.2.1")]).frame());
        assert_eq!(host.found(handle).unwrap(), ["192.0.2.1"]);
        host.close(handle);
        // Where all fail, they are not asked in a storm.
        let (handle, questions) = host.begin_and_ask(&format!("d{code}.test"), DnsFamilies::Ipv4);
        let next = host.told(&failed(&questions[0]));
        assert!(host.told(&failed(&next[0])).is_empty());
        assert_eq!(host.found(handle), Err(Error::ServerFailed));
        host.close(handle);
    }
}

/// RFC 1122, section 4.1.3.3: a server whose port is closed is not waited for.
#[test]
fn a_closed_port_is_no_server() {
    let mut own = Own::new(3);
    let mut host = resolver(&mut own, &["10.0.0.53", "10.0.0.54"]);
    let (handle, questions) = host.begin_and_ask("a.test", DnsFamilies::Ipv4);
    let refused = |question: &super::Question| {
        let IpAddr::V4(server) = question.server else { panic!("{question:?}") };
        let header = Ipv4Repr {
            src_addr: "10.0.0.2".parse().unwrap(),
            dst_addr: server,
            next_header: IpProtocol::Udp,
            payload_len: 8,
            hop_limit: 64,
        };
        let data = [question.port.to_be_bytes(), [0, 53], [0, 8], [0, 0]].concat();
        let message = Icmpv4Repr::DstUnreachable { reason: Icmpv4DstUnreachable::PortUnreachable, header, data: &data };
        icmpv4((mac(9), mac(1)), &server.to_string(), "10.0.0.2", &message)
    };
    let next = host.told(&refused(&questions[0]));
    let [second] = &next[..] else { panic!("{next:?}") };
    assert_eq!(second.server, "10.0.0.54".parse::<IpAddr>().unwrap());
    host.receive(&Answer::new(second, &[address("a.test", 60, "192.0.2.1")]).frame());
    assert_eq!(host.found(handle).unwrap(), ["192.0.2.1"]);
    host.close(handle);
    // Where all are closed, that is what is said.
    let (handle, mut questions) = host.begin_and_ask("b.test", DnsFamilies::Ipv4);
    while let Some(question) = questions.pop() {
        questions.extend(host.told(&refused(&question)));
    }
    assert!(matches!(host.found(handle), Err(Error::Unreachable(_))), "{:?}", host.found(handle));
}

/// Servers that are told later, by a lease: what is being asked is asked of them.
#[test]
fn servers_may_change() {
    let mut own = Own::new(4);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    let (handle, _) = host.begin_and_ask("a.test", DnsFamilies::Ipv4);
    host.split().0.0.set_servers(["10.0.0.99:53".parse().unwrap()]);
    let questions = host.asks(Duration::ZERO);
    assert_eq!(questions[0].server, "10.0.0.99".parse::<IpAddr>().unwrap());
    host.receive(&Answer::new(&questions[0], &[address("a.test", 60, "192.0.2.1")]).frame());
    assert_eq!(host.found(handle).unwrap(), ["192.0.2.1"]);
}
