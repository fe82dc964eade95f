//! Routers over networks of every kind, and messages that nobody means well with.

use super::router::{ALL_NODES, Router, advertisement, icmpv6, mtu, name_servers, prefix};
use super::{Client, GLOBAL, LINK, client};
use crate::cases;
use crate::host::{Memory, Sizes};
use crate::network::{Conditions, Network, Node};
use core::time::Duration;
use unikernel_net::Instant;

/// One end of a network.
#[expect(clippy::large_enum_variant, reason = "there are two of them")]
enum End<'m> {
    Client(Client<'m>),
    Router(Router),
}

impl Node for End<'_> {
    fn receive(&mut self, frame: &[u8], now: Instant) {
        match self {
            End::Client(client) => Node::receive(client, frame, now),
            End::Router(router) => router.receive(frame, now),
        }
    }

    fn transmit(&mut self, now: Instant) -> Vec<Vec<u8>> {
        match self {
            End::Client(client) => client.transmit(now),
            End::Router(router) => router.transmit(now),
        }
    }

    fn deadline(&self) -> Instant {
        match self {
            End::Client(client) => client.deadline(),
            End::Router(router) => router.deadline(),
        }
    }
}

/// 500 networks that lose, double, reorder and spoil: the address and the route come, stay while the router is there, go, and come again.
#[test]
fn what_a_router_tells_comes_stays_and_goes() {
    let seeds = cases(500, 100_000);
    let mut others = 0;
    for seed in 0..seeds {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut memory = Memory::new(&Sizes { key: [seed as u8; 16], ..Sizes::default() });
        let ends = [End::Client(client(&mut memory)), End::Router(Router::new())];
        let mut network = Network::new(ends, Conditions::random(&mut random), seed);
        for (seconds, is_up, wanted) in [(60, true, 1), (2_000, true, 1), (350, false, 0), (400, true, 1)] {
            if let End::Router(router) = &mut network.hosts[1] {
                router.is_up = is_up;
            }
            network.run(Duration::from_secs(seconds));
            let End::Client(host) = &mut network.hosts[0] else { unreachable!("it is the first") };
            let all = [LINK.to_owned(), GLOBAL.to_owned()];
            assert!(
                host.addresses().iter().all(|address| all.contains(address)),
                "seed {seed}: {:?}",
                host.addresses()
            );
            let have = (host.addresses().len(), host.routes().len(), host.name_servers().len());
            others += u64::from(have != (1 + wanted, 2 * wanted, wanted));
        }
    }
    assert!(others <= seeds * 4 / 100, "{others} states of {} were not as they are on a good network", seeds * 4);
}

/// 100,000 messages with bytes changed and cut: nothing panics, and nothing is left of them when their time is over.
#[test]
fn no_advertisement_makes_it_panic() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    let mut message = Vec::new();
    for _ in 0..100_000 {
        let mut options = vec![
            prefix("2001:db8:1::", 64, 0xC0, 400, 300),
            name_servers(100, &["2001:db8::53", "2001:db8::54"]),
            mtu(1400),
            vec![1, 1, 2, 0, 0, 0, 0, 9],
        ];
        random.shuffle(&mut options);
        message.clear();
        message.extend(advertisement(random.u16(0..300), random.u8(0..4), &options));
        if random.u8(0..4) == 0 {
            message[0] = [130, 135, 136, 143][random.usize(0..4)];
        }
        for _ in 0..random.usize(0..4) {
            let at = random.usize(1..message.len());
            message[at] = if random.bool() { random.u8(..) } else { [0, 1, 255, 3, 4, 25][random.usize(0..6)] };
        }
        if random.bool() {
            message.truncate(random.usize(8..=message.len()));
        }
        let hops = if message[0] == 130 { 1 } else { 255 };
        let source = if random.u8(0..8) == 0 { "::" } else { "fe80::9" };
        host.receive(&icmpv6(source, ALL_NODES, hops, message.clone()));
        if random.u8(0..16) == 0 {
            host.pass(Duration::from_millis(random.u64(0..3_000)));
        }
    }
    // A lifetime that was made longer may be one of 136 years; the rest is gone after a day.
    host.pass(Duration::from_secs(86_400));
    assert!(host.addresses().len() <= 5 && host.routes().len() <= 8);
    host.told(300, &[]);
    assert!(host.stack.transports().0.has_router());
}
