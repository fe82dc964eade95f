//! A kept connection that is asked and answered: one frame for each request, and how many instructions.
//!
//! Under callgrind, the difference of two counts is the instructions of the requests between them:
//!
//! ```sh
//! cargo test --release -p unikernel-net --test cost --no-run # prints the program's name
//! UNIKERNEL_REQUESTS=10000 valgrind --tool=callgrind PROGRAM
//! UNIKERNEL_REQUESTS=20000 valgrind --tool=callgrind PROGRAM
//! ```
#![allow(missing_docs)] // nobody else sees it

use core::net::SocketAddr;
use unikernel_net::{
    BLOCK_BYTES, Block, Card, CardProperties, Config, FRAME_BYTES, HalfOpen, Instant, Interface, Ipv4Only, Key,
    LinkMemory, Mac, Neighbour, Offload, Payload, Pool, Prefix, QueuedFrame, Stack, Tcp, TcpListener, TcpMemory,
    TcpSlot,
};

const OWN: [u8; 6] = [2, 0, 0, 0, 0, 1];
const REQUEST: [u8; 100] = [b'x'; 100];
static ANSWER: [u8; 200] = [b'y'; 200];
const SYN: u8 = 2;
const ACK: u8 = 16;

/// A card that completes checksums, and keeps the sequence number of what it was last given.
#[derive(Default)]
struct Wire {
    sequence: u32,
    frames: u64,
}

impl Card for Wire {
    fn has_room(&mut self) -> bool {
        true
    }

    fn transmit(&mut self, header: &[u8], _: &[Payload<'_>], _: Option<Offload>) {
        self.frames += 1;
        if let Some(sequence) = header.get(38..42).and_then(|bytes| bytes.first_chunk()) {
            self.sequence = u32::from_be_bytes(*sequence);
        }
    }
}

/// A segment of the peer, whose checksums the card has seen to be right.
fn segment(sequence: u32, acknowledgement: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 54];
    frame[..6].copy_from_slice(&OWN);
    frame[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 9]);
    frame[12..15].copy_from_slice(&[8, 0, 0x45]);
    frame[16..18].copy_from_slice(&(40 + payload.len() as u16).to_be_bytes());
    (frame[22], frame[23]) = (64, 6);
    frame[26..34].copy_from_slice(&[10, 0, 0, 9, 10, 0, 0, 2]);
    frame[34..38].copy_from_slice(&[0x80, 0, 0, 80]);
    frame[38..42].copy_from_slice(&sequence.to_be_bytes());
    frame[42..46].copy_from_slice(&acknowledgement.to_be_bytes());
    (frame[46], frame[47]) = (0x50, flags);
    frame[48..50].copy_from_slice(&u16::MAX.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// An acknowledgement and the answer of the application are one frame.
#[test]
fn a_request_costs_one_frame() {
    let count: u32 = std::env::var("UNIKERNEL_REQUESTS").map_or(1_000, |count| count.parse().unwrap());
    let card = CardProperties { mac: Mac(OWN), mtu: 1500, completes_checksums: true, cut_bytes: 0, is_loopback: false };
    let (mut interfaces, mut routes) = ([Interface::new(card)], [None; 4]);
    let (mut neighbours, mut queued) = (vec![Neighbour::FREE; 64], vec![QueuedFrame::FREE; 8]);
    let (mut blocks, mut bytes) = (vec![Block::FREE; 64], vec![[0; BLOCK_BYTES]; 64]);
    let mut queued_bytes = vec![[0; FRAME_BYTES]; 8];
    let mut slots: Vec<_> = (0..64).map(|_| TcpSlot::FREE).collect();
    let (mut listeners, mut half_open) = ([TcpListener::FREE], vec![HalfOpen::FREE; 16]);
    let link = LinkMemory {
        interfaces: &mut interfaces,
        neighbours: &mut neighbours,
        queued: &mut queued,
        queued_bytes: &mut queued_bytes,
        routes: &mut routes,
    };
    let memory = TcpMemory { slots: &mut slots, listeners: &mut listeners, half_open: &mut half_open };
    let tcp = Tcp::new(memory, Config::default());
    let mut stack = Stack::<Ipv4Only, _>::new(link, Pool::new(&mut blocks, &mut bytes), tcp, Key([7; 16]));
    let address = Prefix::new([10, 0, 0, 2].into(), 24).unwrap();
    stack.link().add_address(0, address).unwrap();
    let mut cards = [Wire::default()];
    let mut now = Instant::from_micros(1_000_000);
    let (tcp, mut context) = stack.split(&mut cards, now);
    let listener = tcp.listen(&mut context, SocketAddr::from(([10, 0, 0, 2], 80)), 4).unwrap();
    stack.receive(&mut cards, 0, &segment(0, 0, SYN, &[]), true, now);
    let mut own = cards[0].sequence.wrapping_add(1);
    stack.receive(&mut cards, 0, &segment(1, own, ACK, &[]), true, now);
    let (tcp, mut context) = stack.split(&mut cards, now);
    let connection = tcp.accept(&mut context, listener).unwrap().handle;
    let mut sequence = 1;
    let mut buffer = [0; 256];
    // The frame is made once: only its numbers change, so that what is counted is the stack.
    let mut frame = segment(0, 0, ACK, &REQUEST);
    for _ in 0..count {
        frame[38..42].copy_from_slice(&u32::to_be_bytes(sequence));
        frame[42..46].copy_from_slice(&own.to_be_bytes());
        now = Instant::from_micros(now.as_micros() + 100);
        stack.receive(&mut cards, 0, &frame, true, now);
        let (tcp, mut context) = stack.split(&mut cards, now);
        assert_eq!(tcp.read(&mut context, connection, &mut buffer), Ok(REQUEST.len()));
        assert_eq!(tcp.write_static(&mut context, connection, &ANSWER), Ok(()));
        stack.transmit(&mut cards, now);
        sequence += REQUEST.len() as u32;
        own = own.wrapping_add(ANSWER.len() as u32);
    }
    assert_eq!(cards[0].frames, u64::from(count) + 1, "the first one is of the handshake");
}
