//! Clients and servers over networks of every kind, and messages that nobody means well with.

use super::server::{Answer, Server, options};
use super::{Client, client};
use crate::cases;
use crate::host::{Memory, Sizes};
use crate::network::{Conditions, Network, Node};
use core::time::Duration;
use unikernel_net::Instant;

/// One end of a network.
#[expect(clippy::large_enum_variant, reason = "there are two of them")]
enum End<'m> {
    Client(Client<'m>),
    Server(Server),
}

impl Node for End<'_> {
    fn receive(&mut self, frame: &[u8], now: Instant) {
        match self {
            End::Client(client) => Node::receive(client, frame, now),
            End::Server(server) => server.receive(frame, now),
        }
    }

    fn transmit(&mut self, now: Instant) -> Vec<Vec<u8>> {
        match self {
            End::Client(client) => client.transmit(now),
            End::Server(server) => server.transmit(now),
        }
    }

    fn deadline(&self) -> Instant {
        match self {
            End::Client(client) => client.deadline(),
            End::Server(server) => server.deadline(),
        }
    }
}

/// 500 networks that lose, double, reorder and spoil: the client gets its lease, keeps it while the server is there, loses it when
/// the server is gone for longer, gets another one when it is back, and takes a new address when the server has one.
#[test]
fn a_lease_is_got_kept_lost_and_got_again() {
    let seeds = cases(500, 100_000);
    let mut lost = 0;
    for seed in 0..seeds {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut memory = Memory::new(&Sizes { key: [seed as u8; 16], ..Sizes::default() });
        let ends = [End::Client(client(&mut memory)), End::Server(Server::new(600))];
        let mut network = Network::new(ends, Conditions::random(&mut random), seed);
        let mut expect = |network: &mut Network<End<'_>>, seconds: u64, address: Option<&str>| {
            network.run(Duration::from_secs(seconds));
            let End::Client(client) = &mut network.hosts[0] else { unreachable!("it is the first") };
            let wanted: Vec<&str> = address.into_iter().collect();
            lost += u32::from(client.addresses() != wanted);
            assert_eq!(client.has_lease(), !client.addresses().is_empty(), "seed {seed}");
            assert_eq!(client.routes().len(), client.addresses().len(), "seed {seed}");
        };
        let server = |network: &mut Network<End<'_>>, change: fn(&mut Server)| {
            if let End::Server(server) = &mut network.hosts[1] {
                change(server);
            }
        };
        expect(&mut network, 60, Some("10.0.0.77/24"));
        expect(&mut network, 3_000, Some("10.0.0.77/24"));
        server(&mut network, |server| server.is_up = false);
        expect(&mut network, 250, Some("10.0.0.77/24"));
        expect(&mut network, 500, None);
        server(&mut network, |server| server.is_up = true);
        expect(&mut network, 200, Some("10.0.0.77/24"));
        server(&mut network, |server| server.address = [10, 0, 0, 99].into());
        expect(&mut network, 700, Some("10.0.0.99/24"));
    }
    assert!(lost <= seeds as u32 * 6 / 100, "{lost} states of {} were not as they are on a good network", seeds * 6);
}

/// 100,000 messages with bytes changed, cut and lengthened: nothing panics, and a good one still counts.
#[test]
fn no_message_makes_it_panic() {
    let mut random = fastrand::Rng::with_seed(9);
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    let mut discover = host.asks();
    for _ in 0..100_000 {
        let mut all = options();
        all.extend([(121, vec![24, 1, 2, 3, 10, 0, 0, 1]), (52, vec![3]), (12, b"name".to_vec()), (26, vec![5, 220])]);
        random.shuffle(&mut all);
        let answer = Answer { kind: [2, 5, 6][random.usize(0..3)], ..Answer::new(&discover, 2, &all) };
        let mut message = answer.message();
        for _ in 0..random.usize(0..4) {
            let at = random.usize(200..message.len());
            message[at] = if random.bool() { random.u8(..) } else { [0, 1, 255, 52, 121, 4][random.usize(0..6)] };
        }
        if random.bool() {
            message.truncate(random.usize(0..=message.len()));
        }
        host.receive(&super::server::frame(unikernel_net::Mac::BROADCAST, [255; 4].into(), &message));
        if random.u8(0..8) == 0 {
            let sent = host.pass(Duration::from_millis(random.u64(0..4_000)));
            if let Some(request) = sent.iter().filter_map(|frame| super::Request::read(frame)).next_back() {
                discover = request;
            }
        }
    }
    let (protocols, mut context) = host.split();
    protocols.0.restart(&mut context);
    host.gets(&options());
    assert_eq!((host.addresses().len(), host.routes().len()), (1, 1), "nothing is left of what was before");
}
