//! Names: RFC 1035, 2181, 2308; forged answers: RFC 5452; both families: RFC 8305.

use crate::host::{Host, Memory, Protocols, Sizes};
use crate::wakes::Wakes;
use core::time::Duration;
use server::{A, AAAA, Answer, Question, address, resolve};
use unikernel_net::{Dns, DnsEntry, DnsFamilies, DnsHandle, DnsQuery, Error};

mod answers;
mod networks;
mod server;
mod servers;

pub type Resolver<'m> = Host<'m, (Dns<'m>, Protocols<'m>)>;

/// What a resolver lives in.
pub struct Own {
    memory: Memory,
    queries: Vec<DnsQuery>,
    cache: Vec<DnsEntry>,
}

impl Own {
    pub fn new(key: u8) -> Own {
        Own {
            memory: Memory::new(&Sizes { key: [key; 16], ..Sizes::default() }),
            queries: (0..3).map(|_| DnsQuery::FREE).collect(),
            cache: vec![DnsEntry::FREE; 4],
        }
    }
}

/// A host with a resolver that asks these servers.
pub fn resolver<'m>(own: &'m mut Own, servers: &[&str]) -> Resolver<'m> {
    let dns = Dns::new(&mut own.queries, &mut own.cache);
    let mut host = Host::with_protocols(&mut own.memory, |protocols| (dns, protocols));
    host.add_address(0, "10.0.0.2", 24);
    host.split().0.0.set_servers(servers.iter().map(|server| format!("{server}:53").parse().unwrap()));
    host
}

impl Resolver<'_> {
    pub fn begin(&mut self, name: &str, families: DnsFamilies) -> Result<DnsHandle, Error> {
        let (protocols, mut context) = self.split();
        protocols.0.resolve(&mut context, name, families)
    }

    /// The addresses, as text.
    pub fn found(&mut self, handle: DnsHandle) -> Result<Vec<String>, Error> {
        let now = self.now;
        let addresses = self.split().0.0.addresses(handle, now)?;
        Ok(addresses.as_slice().iter().map(ToString::to_string).collect())
    }

    /// Gives it a frame; what it asks then.
    pub fn told(&mut self, frame: &[u8]) -> Vec<Question> {
        let mut questions = Vec::new();
        for sent in self.receive(frame) {
            questions.extend(Question::read(&sent));
            if let Some(answer) = resolve(&sent) {
                questions.extend(self.receive(&answer).iter().filter_map(|frame| Question::read(frame)));
            }
        }
        questions
    }

    /// What it asks in this time; the servers are found.
    pub fn asks(&mut self, time: Duration) -> Vec<Question> {
        let end = self.now + time;
        let mut questions = Vec::new();
        loop {
            let sent = self.pass(self.stack.deadline().min(end).since(self.now));
            questions.extend(sent.iter().filter_map(|frame| Question::read(frame)));
            for answer in sent.iter().filter_map(|frame| resolve(frame)) {
                questions.extend(self.receive(&answer).iter().filter_map(|frame| Question::read(frame)));
            }
            if self.now >= end && self.stack.deadline() > end {
                return questions;
            }
        }
    }

    pub fn begin_and_ask(&mut self, name: &str, families: DnsFamilies) -> (DnsHandle, Vec<Question>) {
        let handle = self.begin(name, families).unwrap();
        (handle, self.asks(Duration::ZERO))
    }

    pub fn close(&mut self, handle: DnsHandle) {
        self.split().0.0.close(handle).unwrap();
    }
}

/// RFC 1035, section 4.1: one question for each family, side by side; RFC 8305, section 4: the addresses in turns.
#[test]
fn asks_for_both_families_side_by_side() {
    let mut own = Own::new(1);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    let (handle, questions) = host.begin_and_ask("WWW.Example.org", DnsFamilies::Any);
    assert_eq!(questions.iter().map(|question| question.kind).collect::<Vec<_>>(), [A, AAAA]);
    assert!(questions.iter().all(|question| question.name == "www.example.org" && question.port >= 49152));
    assert_ne!((questions[0].id, questions[0].port), (questions[1].id, questions[1].port));
    let wakes = Wakes::default();
    host.split().0.0.register(handle, &wakes.waker()).unwrap();
    assert_eq!(host.found(handle), Err(Error::WouldBlock));
    let [v4, v6] = [
        [address("www.example.org", 60, "192.0.2.1"), address("www.example.org", 60, "192.0.2.2")].to_vec(),
        [address("www.example.org", 60, "2001:db8::1")].to_vec(),
    ];
    host.receive(&Answer::new(&questions[0], &v4).frame());
    // Section 3: the other family has 50 ms to come.
    assert_eq!((host.found(handle), wakes.count()), (Err(Error::WouldBlock), 0));
    host.pass(Duration::from_millis(50));
    assert_eq!(host.found(handle).unwrap(), ["192.0.2.1", "192.0.2.2"]);
    assert_eq!(wakes.count(), 1);
    host.receive(&Answer::new(&questions[1], &v6).frame());
    assert_eq!(host.found(handle).unwrap(), ["2001:db8::1", "192.0.2.1", "192.0.2.2"]);
    host.close(handle);
    assert_eq!(host.found(handle), Err(Error::BadHandle));
    for (families, kinds) in [(DnsFamilies::Ipv4, [A]), (DnsFamilies::Ipv6, [AAAA])] {
        let (_, questions) = host.begin_and_ask(&format!("{families:?}"), families);
        assert_eq!(questions.iter().map(|question| question.kind).collect::<Vec<_>>(), kinds);
    }
}

/// RFC 8305, section 3: those of IPv6 that come within the delay are told at once, and first.
#[test]
fn the_other_family_may_come_a_little_later() {
    for late in [0, 30, 49] {
        let mut own = Own::new(1);
        let mut host = resolver(&mut own, &["10.0.0.53"]);
        let (handle, questions) = host.begin_and_ask("www.example.org", DnsFamilies::Any);
        let wakes = Wakes::default();
        host.split().0.0.register(handle, &wakes.waker()).unwrap();
        host.receive(&Answer::new(&questions[0], &[address("www.example.org", 60, "192.0.2.1")]).frame());
        host.pass(Duration::from_millis(late));
        assert_eq!((host.found(handle), wakes.count()), (Err(Error::WouldBlock), 0), "{late} ms");
        host.receive(&Answer::new(&questions[1], &[address("www.example.org", 60, "2001:db8::1")]).frame());
        assert_eq!(wakes.count(), 1, "{late} ms");
        assert_eq!(host.found(handle).unwrap(), ["2001:db8::1", "192.0.2.1"], "{late} ms");
    }
}

/// RFC 8305, section 3: what comes after the delay, while addresses are tried already, is told too, and that nothing comes as well.
#[test]
fn the_other_family_is_told_when_it_comes_much_later_or_not() {
    for (first, other) in [(0, 1), (1, 0)] {
        for comes in [true, false] {
            let mut own = Own::new(1);
            let mut host = resolver(&mut own, &["10.0.0.53"]);
            let (handle, questions) = host.begin_and_ask("www.example.org", DnsFamilies::Any);
            let records = ["192.0.2.1", "2001:db8::1"].map(|text| address("www.example.org", 60, text));
            host.receive(&Answer::new(&questions[first], &[records[first].clone()]).frame());
            host.pass(Duration::from_millis(50));
            assert_eq!(host.found(handle).map(|found| found.len()), Ok(1));
            assert_eq!(host.found(handle), Err(Error::WouldBlock), "it was told");
            let wakes = Wakes::default();
            host.split().0.0.register(handle, &wakes.waker()).unwrap();
            host.pass(Duration::from_millis(300));
            assert_eq!((host.found(handle), wakes.count()), (Err(Error::WouldBlock), 0));
            assert!(host.stack.deadline() > host.now, "nothing is due at once");
            let records = if comes { vec![records[other].clone()] } else { vec![] };
            host.receive(&Answer::new(&questions[other], &records).frame());
            assert_eq!(wakes.count(), 1);
            let expected: &[&str] = match (first, comes) {
                (_, true) => &["2001:db8::1", "192.0.2.1"],
                (0, false) => &["192.0.2.1"],
                _ => &["2001:db8::1"],
            };
            assert_eq!(host.found(handle).unwrap(), expected);
            assert_eq!(host.found(handle).unwrap(), expected, "no more will come");
        }
    }
}

/// Literals and this host itself are never asked for (RFC 6761, section 6.3); names that are none are refused.
#[test]
fn literals_are_answered_at_once() {
    let mut own = Own::new(2);
    let mut host = resolver(&mut own, &[]);
    for (name, families, found) in [
        ("192.0.2.7", DnsFamilies::Any, Ok(vec!["192.0.2.7"])),
        ("2001:db8::7", DnsFamilies::Any, Ok(vec!["2001:db8::7"])),
        ("::1", DnsFamilies::Ipv4, Err(Error::NoAddress)),
        ("localhost", DnsFamilies::Any, Ok(vec!["::1", "127.0.0.1"])),
        ("A.localhost.", DnsFamilies::Ipv4, Ok(vec!["127.0.0.1"])),
    ] {
        let handle = host.begin(name, families).unwrap();
        assert_eq!(host.found(handle), found.map(|found| found.iter().map(ToString::to_string).collect()), "{name}");
        host.close(handle);
    }
    for name in ["", "a b", "a..b", "[::1]", "10.0.0.2:80", &"x".repeat(64)] {
        assert_eq!(host.begin(name, DnsFamilies::Any), Err(Error::InvalidName), "{name}");
    }
    let handle = host.begin("example.org", DnsFamilies::Any).unwrap();
    assert!(host.asks(Duration::ZERO).is_empty());
    assert_eq!(host.found(handle), Err(Error::NoRoute), "there is no server");
}

/// More names at once than there is memory for are refused; those that were closed give theirs back.
#[test]
fn queries_are_bounded() {
    let mut own = Own::new(3);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    let handles: Vec<_> = (0..3).map(|at| host.begin(&format!("n{at}"), DnsFamilies::Any).unwrap()).collect();
    assert_eq!(host.begin("n3", DnsFamilies::Any), Err(Error::NoMemory));
    host.close(handles[1]);
    let again = host.begin("n3", DnsFamilies::Any).unwrap();
    assert_ne!(again, handles[1]);
    assert_eq!(host.found(handles[1]), Err(Error::BadHandle));
}
