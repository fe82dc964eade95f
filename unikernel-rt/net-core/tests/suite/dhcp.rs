//! DHCP: RFC 2131, 2132, 3442; duplicates: RFC 5227.

use crate::host::{Host, Memory, Protocols, Sizes};
use core::time::Duration;
use server::{Answer, Request, options};
use unikernel_net::{Dhcp, DhcpConfig, Error};

mod duplicates;
mod lease;
mod networks;
mod server;

pub type Client<'m> = Host<'m, (Dhcp<'m>, Protocols<'m>)>;

pub fn client(memory: &mut Memory) -> Client<'_> {
    client_of(memory, DhcpConfig::default())
}

pub fn client_of<'m>(memory: &'m mut Memory, config: DhcpConfig<'m>) -> Client<'m> {
    Host::with_protocols(memory, |protocols| (Dhcp::new(0, config).unwrap(), protocols))
}

impl Client<'_> {
    /// What it asks at once.
    fn asks(&mut self) -> Request {
        let sent = self.pass(Duration::ZERO);
        let [frame] = &sent[..] else { panic!("{sent:?}") };
        Request::read(frame).unwrap()
    }

    /// The request of it after an offer with these options.
    fn is_offered(&mut self, options: &[(u8, Vec<u8>)]) -> Request {
        let discover = self.asks();
        let sent = self.receive(&Answer::new(&discover, 2, options).frame());
        Request::read(&sent[0]).unwrap()
    }

    /// Gets a lease with these options; what it has sent since the acknowledgement.
    fn gets(&mut self, options: &[(u8, Vec<u8>)]) -> Vec<Vec<u8>> {
        let request = self.is_offered(options);
        let mut sent = self.receive(&Answer::new(&request, 5, options).frame());
        sent.extend(self.pass(Duration::from_millis(450)));
        sent
    }

    fn has_lease(&self) -> bool {
        self.stack.transports().0.lease().is_some()
    }
}

/// RFC 2131, section 4.4.1 and table 5: what a client without an address says, and to whom.
#[test]
fn asks_everybody_for_an_address() {
    let mut memory = Memory::new(&Sizes::default());
    let config = DhcpConfig { host_name: Some("web-1"), identifier: Some(b"\0machine 7"), ..DhcpConfig::default() };
    let mut host = client_of(&mut memory, config);
    let discover = host.asks();
    assert_eq!(discover.kind, smoltcp::wire::DhcpMessageType::Discover);
    assert_eq!((discover.source, discover.to.1), ([0, 0, 0, 0].into(), [255, 255, 255, 255].into()));
    assert_eq!(discover.to.0, unikernel_net::Mac::BROADCAST);
    assert_eq!((discover.own, discover.requested, discover.server), ([0, 0, 0, 0].into(), None, None));
    assert!(discover.wants_broadcast, "it has no address to be answered at");
    assert_eq!(discover.option(12), Some(&b"web-1"[..]));
    assert_eq!(discover.option(61), Some(&b"\0machine 7"[..]));
    let wanted = discover.option(55).unwrap();
    // RFC 3442: option 121 stands before option 3.
    let place = |code| wanted.iter().position(|wanted| *wanted == code).unwrap();
    assert!(place(121) < place(3) && [1, 6, 12, 15, 26, 58, 59].into_iter().all(|code| place(code) > 0));
    // Section 4.3.2, table 4: the request names the server and the address, and has the same transaction.
    let request = host.receive(&Answer::new(&discover, 2, &options()).frame());
    let request = Request::read(&request[0]).unwrap();
    assert_eq!(request.kind, smoltcp::wire::DhcpMessageType::Request);
    assert_eq!(request.transaction, discover.transaction);
    assert_eq!((request.own, request.to.1), ([0, 0, 0, 0].into(), [255, 255, 255, 255].into()));
    assert_eq!((request.requested, request.server), (Some([10, 0, 0, 77].into()), Some([10, 0, 0, 1].into())));
    assert_eq!((request.option(12), request.option(61)), (discover.option(12), discover.option(61)));
}

/// RFC 2132, section 9.14: without an identifier of its own it is known by its card. Names that are none are refused.
#[test]
fn is_known_by_its_card_or_by_what_it_is_told() {
    let mut memory = Memory::new(&Sizes::default());
    assert_eq!(client(&mut memory).asks().option(61), Some(&[1, 2, 0, 0, 0, 0, 1][..]));
    let long = "x".repeat(64);
    for name in ["", "a.b", "a b", "-a", "a-", "\u{fc}", &long] {
        let config = DhcpConfig { host_name: Some(name), ..DhcpConfig::default() };
        assert_eq!(Dhcp::new(0, config).err(), Some(Error::InvalidName), "{name}");
    }
    for identifier in [&[][..], &[1], &[0; 65]] {
        let config = DhcpConfig { identifier: Some(identifier), ..DhcpConfig::default() };
        assert_eq!(Dhcp::new(0, config).err(), Some(Error::MessageTooLarge));
    }
    // All at their longest are one message still.
    let mut memory = Memory::new(&Sizes::default());
    let config = DhcpConfig { host_name: Some(&long[..63]), identifier: Some(&[7; 64]), ..DhcpConfig::default() };
    let request = client_of(&mut memory, config).is_offered(&options());
    assert_eq!((request.option(12).unwrap().len(), request.option(61).unwrap().len()), (63, 64));
    assert!(request.server.is_some() && request.requested.is_some() && request.option(55).is_some());
}

/// RFC 2131, section 4.1: doubled with each attempt, up to 64 s, with jitter; the first is after one second.
#[test]
fn asks_again_with_longer_and_longer_pauses() {
    let mut firsts = Vec::new();
    for key in 0..8 {
        let mut memory = Memory::new(&Sizes { key: [key; 16], ..Sizes::default() });
        let mut host = client(&mut memory);
        let transaction = host.asks().transaction;
        for expected in [1.0_f64, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 64.0, 64.0] {
            let begin = host.now;
            let at = host.stack.deadline();
            let sent = host.pass(at.since(begin));
            let request = Request::read(&sent[0]).unwrap();
            assert_eq!(request.transaction, transaction);
            let pause = at.since(begin).as_secs_f64();
            assert!((pause - expected).abs() <= (expected / 4.0).min(1.0), "{pause} for {expected}");
            if expected == 1.0 {
                firsts.push(pause);
            }
            let waited = host.now.as_micros() / 1_000_000 - 1;
            assert!(u64::from(request.seconds).abs_diff(waited) <= 1);
        }
    }
    firsts.sort_by(f64::total_cmp);
    firsts.dedup();
    assert_eq!(firsts.len(), 8, "machines that start together do not ask together");
}

/// Section 4.4.1: what is not an answer to it changes nothing; an offer that leads nowhere is given up.
#[test]
fn takes_only_what_answers_it() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    let discover = host.asks();
    let good = Answer::new(&discover, 2, &options());
    let mut without_server = good.clone();
    without_server.options.remove(0);
    let mut of_another = good.clone();
    of_another.options.push((61, vec![1, 2, 0, 0, 0, 0, 9]));
    for (answer, why) in [
        (Answer { transaction: discover.transaction ^ 1, ..good.clone() }, "another's transaction"),
        (Answer { mac: crate::host::mac(5), ..good.clone() }, "another's card"),
        (Answer { kind: 5, ..good.clone() }, "nothing was asked for"),
        (Answer { kind: 6, ..good.clone() }, "nothing to refuse"),
        (Answer { address: [0, 0, 0, 0].into(), ..good.clone() }, "no address"),
        (Answer { address: [224, 0, 0, 1].into(), ..good.clone() }, "a group's address"),
        (without_server, "nobody's"),
        (of_another, "RFC 6842: another's identifier"),
    ] {
        assert!(host.receive(&answer.frame()).is_empty(), "{why}");
    }
    let request = Request::read(&host.receive(&good.frame())[0]).unwrap();
    // Another server acknowledges, and one acknowledges another address.
    let mut other = Answer::new(&request, 5, &options());
    other.options[0].1 = vec![10, 0, 0, 2];
    host.receive(&other.frame());
    host.receive(&Answer { address: [10, 0, 0, 78].into(), ..Answer::new(&request, 5, &options()) }.frame());
    let sent = host.pass(Duration::from_secs(30));
    assert!(!host.has_lease() && host.addresses().is_empty());
    let requests: Vec<_> = sent.iter().filter_map(|frame| Request::read(frame)).collect();
    assert!(requests.iter().any(|request| request.kind == smoltcp::wire::DhcpMessageType::Discover), "begins anew");
    assert_eq!(requests.iter().filter(|request| request.requested.is_some()).count(), 3, "four requests in all");
}

/// Section 4.1: a server may answer to the address that it is about to lend; nobody else is listened to there.
#[test]
fn takes_answers_at_the_address_that_it_is_to_have() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    let discover = host.asks();
    let own = crate::host::mac(1);
    let to_client = |answer: Answer| server::frame(own, [10, 0, 0, 77].into(), &answer.message());
    let sent = host.receive(&to_client(Answer::new(&discover, 2, &options())));
    let request = Request::read(&sent[0]).unwrap();
    let other = crate::frames::udp((crate::host::mac(9), own), ("10.0.0.1", 1), ("10.0.0.77", 9), b"x");
    assert!(host.receive(&other).is_empty(), "the address is not ours yet");
    host.receive(&to_client(Answer::new(&request, 5, &options())));
    host.pass(Duration::from_secs(1));
    assert_eq!(host.addresses(), ["10.0.0.77/24"]);
    let elsewhere = server::frame(own, [10, 0, 0, 78].into(), &Answer::new(&request, 6, &options()).message());
    assert!(host.receive(&elsewhere).is_empty() && host.has_lease());
}
