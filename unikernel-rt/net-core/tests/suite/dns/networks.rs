//! Names over networks of every kind, and answers that nobody means well with.

use super::server::{A, Answer, CNAME, Server, address, authority, name, record};
use super::{Own, Resolver, resolver};
use crate::cases;
use crate::network::{Conditions, Network, Node};
use core::time::Duration;
use unikernel_net::{DnsFamilies, Error, Instant};

/// One end of a network.
#[expect(clippy::large_enum_variant, reason = "there are two of them")]
enum End<'m> {
    Resolver(Resolver<'m>),
    Server(Server),
}

impl Node for End<'_> {
    fn receive(&mut self, frame: &[u8], now: Instant) {
        match self {
            End::Resolver(resolver) => Node::receive(resolver, frame, now),
            End::Server(server) => server.receive(frame, now),
        }
    }

    fn transmit(&mut self, now: Instant) -> Vec<Vec<u8>> {
        match self {
            End::Resolver(resolver) => resolver.transmit(now),
            End::Server(server) => server.transmit(now),
        }
    }

    fn deadline(&self) -> Instant {
        match self {
            End::Resolver(resolver) => resolver.deadline(),
            End::Server(server) => server.deadline(),
        }
    }
}

/// 2,000 networks that lose, double, reorder and spoil: the true answer, or that nobody has answered; never another one.
#[test]
fn the_true_answer_or_none() {
    let seeds = cases(2_000, 1_000_000);
    let mut unanswered = 0;
    for seed in 0..seeds {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut own = Own::new(seed as u8);
        let ends = [End::Resolver(resolver(&mut own, &["10.0.0.53", "10.0.0.54"])), End::Server(Server::default())];
        let mut network = Network::new(ends, Conditions::random(&mut random), seed);
        let host = |network: &mut Network<End<'_>>, name: &str| {
            let End::Resolver(host) = &mut network.hosts[0] else { unreachable!("it is the first") };
            host.begin(name, DnsFamilies::Any).unwrap()
        };
        let handles = [host(&mut network, "www.test"), host(&mut network, "no.test")];
        network.run(Duration::from_secs(30));
        let End::Resolver(host) = &mut network.hosts[0] else { unreachable!("it is the first") };
        let is_true = match host.found(handles[0]) {
            Ok(found) => found.iter().all(|address| ["2001:db8::1", "192.0.2.1"].contains(&&address[..])),
            Err(error) => error == Error::TimedOut || matches!(error, Error::Unreachable(_)),
        };
        assert!(is_true, "seed {seed}: {:?}", host.found(handles[0]));
        let none = host.found(handles[1]);
        let is_true = matches!(none, Err(Error::NoSuchName | Error::TimedOut | Error::Unreachable(_)));
        assert!(is_true, "seed {seed}: {none:?}");
        unanswered += u64::from(host.found(handles[0]).is_err()) + u64::from(none != Err(Error::NoSuchName));
        assert_eq!(host.stack.pool().available(), host.stack.pool().capacity());
    }
    assert!(unanswered <= seeds / 50, "{unanswered} of {} were not answered", 2 * seeds);
}

/// 100,000 answers with bytes changed and cut: nothing panics, and the resolver goes on.
#[test]
fn no_answer_makes_it_panic() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut own = Own::new(1);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    let (mut handle, mut questions) = host.begin_and_ask("a.test", DnsFamilies::Any);
    for round in 0..100_000 {
        if host.found(handle) != Err(Error::WouldBlock) || questions.is_empty() {
            host.close(handle);
            (handle, questions) = host.begin_and_ask(&format!("a{round}.test"), DnsFamilies::Any);
        }
        let Some(question) = questions.last() else { continue };
        let owner = &question.name;
        let answers = [
            record(&[0xC0, 12], CNAME, 60, &name("b.test")),
            address("b.test", 60, if question.kind == A { "192.0.2.1" } else { "2001:db8::1" }),
            address(owner, 60, "192.0.2.2"),
        ];
        let answer = Answer { authority: vec![authority(60)], ..Answer::new(question, &answers) };
        let mut message = answer.message();
        for _ in 0..random.usize(0..4) {
            let at = random.usize(2..message.len());
            message[at] = if random.bool() { random.u8(..) } else { [0, 1, 255, 0xC0, 12, 63][random.usize(0..6)] };
        }
        if random.bool() {
            message.truncate(random.usize(0..=message.len()));
        }
        let macs = (crate::host::mac(9), crate::host::mac(1));
        host.receive(&crate::frames::udp(macs, ("10.0.0.53", 53), ("10.0.0.2", question.port), &message));
        if random.u8(0..4) == 0 {
            questions = host.asks(Duration::from_millis(random.u64(0..1_500)));
        }
    }
    host.close(handle);
    let (handle, questions) = host.begin_and_ask("last.test", DnsFamilies::Ipv4);
    host.receive(&Answer::new(&questions[0], &[address("last.test", 60, "192.0.2.1")]).frame());
    assert_eq!(host.found(handle).unwrap(), ["192.0.2.1"]);
}
