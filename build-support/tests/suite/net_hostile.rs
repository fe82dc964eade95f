//! Hostile traffic of many kinds at once, while an honest client goes on being served.

use std::time::{Duration, Instant};

use crate::common::effort::scaled;
use crate::common::frame::{ACK, FIN, Mac, RST, SYN, Segment};
use crate::common::ipv4::{GUEST, PEER, addresses, arp_request, packet};
use crate::net_services::start;
use fastrand::Rng;
use smoltcp::socket::tcp;

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// The services of the kernel, and ports that nobody has.
const PORTS: [u16; 5] = [7, 9, 19, 53, 4444];

/// What an honest client sends and gets back.
const REQUEST: [u8; 400] = [0xa5; 400];

/// How many hostile frames are sent between two looks at what the honest client got.
const BURST: usize = 8;

/// Somebody on the link or elsewhere, but not the honest client: who answers ARP for it has it.
fn stranger(random: &mut Rng) -> [u8; 4] {
    match random.u8(..3) {
        0 => [10, 0, 0, random.u8(3..)],
        _ => [random.u8(11..224), random.u8(..), random.u8(..), random.u8(1..255)],
    }
}

/// A frame that does harm, or tries to: a third of them damaged besides.
fn frame(random: &mut Rng, mac: Mac) -> Vec<u8> {
    let from = stranger(random);
    // Some pretend to be the honest client, and guess the rest.
    let claimed = if random.u8(..4) == 0 { PEER } else { from };
    let port = PORTS[random.usize(..PORTS.len())];
    let noise = |random: &mut Rng, most: usize| {
        let mut bytes = vec![0; random.usize(..most)];
        random.fill(&mut bytes);
        bytes
    };
    let mut frame = match random.u8(..8) {
        // Connections that never begin.
        0 | 1 => Segment {
            ports: [random.u16(1024..), port],
            sequence: random.u32(..),
            flags: SYN,
            window: 1024,
            ..Segment::default()
        }
        .frame(mac, addresses(from, GUEST)),
        // What belongs to no connection, or guesses one.
        2 | 3 => Segment {
            ports: [random.u16(40_000..), port],
            sequence: random.u32(..),
            acknowledged: random.u32(..),
            flags: [ACK, RST, RST | ACK, FIN | ACK, SYN | ACK, SYN | RST, 0, SYN | FIN][random.usize(..8)],
            window: random.u16(..),
            payload: noise(random, 100),
        }
        .frame(mac, addresses(claimed, GUEST)),
        4 => packet(mac, claimed, GUEST, TCP, &noise(random, 80)),
        5 => packet(mac, from, GUEST, UDP, &noise(random, 600)),
        // Errors and redirects, about packets that were never sent.
        6 => {
            let mut message = noise(random, 60);
            if let Some(kind) = message.first_mut() {
                *kind = [3, 5, 11, 12, 4, 8][random.usize(..6)];
            }
            packet(mac, claimed, GUEST, ICMP, &message)
        }
        _ => arp_request(from, GUEST),
    };
    if random.u8(..3) == 0 {
        for _ in 0..random.usize(1..4) {
            let at = random.usize(14..frame.len());
            // An ARP frame that names the honest client by accident would be believed.
            if frame[12..14] == [8, 0] || !(28..32).contains(&at) {
                frame[at] = random.u8(..);
            }
        }
    }
    frame
}

#[test]
fn who_is_honest_is_served_all_the_time() {
    let (qemu, mut peer) = start("net_services", "4M");
    let mac = peer.link.wire.resolve(PEER, GUEST);
    let mut random = Rng::with_seed(12);
    let length = Duration::from_secs(scaled("seconds of hostile traffic", 2, 60, 1800));
    let (start, mut hostile, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
    let mut requests = 0_u64;
    while start.elapsed() < length {
        let began = Instant::now();
        let handle = peer.connect(7);
        let (mut has_sent, mut answer) = (false, Vec::new());
        peer.wait_for("an answer", |peer| {
            for _ in 0..BURST {
                peer.link.wire.send(&frame(&mut random, mac));
                hostile += 1;
            }
            let socket = peer.tcp(handle);
            if socket.can_send() && !has_sent {
                socket.send_slice(&REQUEST).expect("there is room");
                has_sent = true;
            }
            while socket.can_recv() {
                socket.recv(|bytes| (bytes.len(), answer.extend_from_slice(bytes))).expect("can receive");
            }
            assert!(socket.state() != tcp::State::Closed, "the connection was ended after {} bytes", answer.len());
            // Frames go on coming, so that only this limit tells who is kept waiting.
            assert!(began.elapsed() < Duration::from_secs(20), "no answer; {requests} before: {}", qemu.console());
            (answer.len() >= REQUEST.len()).then_some(())
        });
        assert_eq!(answer, REQUEST);
        peer.tcp(handle).abort();
        peer.poll();
        peer.sockets.remove(handle);
        slowest = slowest.max(began.elapsed());
        requests += 1;
    }
    println!("{requests} requests beside {hostile} hostile frames, the slowest in {slowest:?}");
    assert!(requests >= length.as_secs() && hostile > requests, "{requests} requests beside {hostile} hostile frames");
}
