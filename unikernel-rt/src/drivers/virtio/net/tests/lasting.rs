//! Frames whose last bytes the device reads from where they lie.

extern crate std;

use super::super::super::queue::buffers::Writer;
use super::super::{Card, Checksum, Cut, Offload};
use super::{FRAME, buffers, card, card_of, cutting, most_bytes};
use std::collections::VecDeque;
use std::vec;
use std::vec::Vec;

/// What lives for ever, and is no longer than a frame.
static REST: [u8; 60_000] = {
    let mut bytes = [0; 60_000];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = (at % 251) as u8;
        at += 1;
    }
    bytes
};

const CUT: Offload = Offload {
    checksum: Some(Checksum { start: 34, offset: 16 }),
    cut: Some(Cut { header_bytes: 54, segment_bytes: 1460 }),
};

#[test]
fn the_device_reads_it_where_it_is_and_the_next_frame_is_where_frames_are() {
    let (mut card, fake) = card();
    let rest = &REST[7..1007];
    assert!(card.transmitter.send_before(54, rest, |frame| frame.fill(9), Offload::NOTHING));
    card.transmitter.send(60, |frame| frame.fill(1));
    card.end();
    fake.queue(1, |queue| {
        assert_eq!(queue.bytes(1).as_ptr(), rest.as_ptr());
        let chain = queue.next().expect("it was sent");
        assert_eq!((chain.head, chain.readable), (0, [&[0; 12][..], &[9; 54], rest].concat()));
        let chain = queue.next().expect("it was sent");
        assert_eq!((chain.head, chain.readable), (2, [[0; 12].as_slice(), &[1; 60]].concat()));
        assert!(queue.next().is_none());
        // One entry gives both descriptors back.
        queue.give(0, 0);
    });
    assert!(card.can_transmit());
    card.transmitter.send(61, |frame| frame.fill(2));
    assert!(card.can_transmit());
    card.transmitter.send(62, |frame| frame.fill(3));
    assert!(card.can_transmit(), "of four buffers three are lent: 2, 3 and 0");
    card.transmitter.send(63, |frame| frame.fill(4));
    card.end();
    fake.queue(1, |queue| {
        for (buffer, length, fill) in [(3, 61, 2), (0, 62, 3), (1, 63, 4)] {
            let chain = queue.next().expect("it was sent");
            assert_eq!((chain.head, &chain.readable[12..]), (buffer, &vec![fill; length][..]));
            assert_ne!(queue.bytes(buffer).as_ptr(), rest.as_ptr());
        }
    });
}

#[test]
fn frames_of_all_kinds_come_whole_and_in_order_for_ever() {
    let fake = cutting();
    let mut card: Card = card_of::<64>(&fake);
    let most = most_bytes(&card);
    let mut random = fastrand::Rng::with_seed(7);
    let mut in_flight: VecDeque<Vec<u8>> = VecDeque::new();
    let (mut chained, mut copied) = (0, 0);
    for round in 0..20_000_u32 {
        card.begin();
        while card.transmitter.can_send_longest() && random.u8(..4) > 0 {
            let (length, fill) = (random.usize(1..1500), round as u8);
            let tail = random.usize(..(most - length).min(REST.len()));
            let rest = &REST[random.usize(..REST.len() - tail)..][..tail];
            let frame = [vec![fill; length], rest.to_vec()].concat();
            if random.bool() && card.transmitter.send_before(length, rest, |frame| frame.fill(fill), CUT) {
                chained += 1;
            } else {
                card.transmitter.send_as(frame.len(), |place| place.copy_from_slice(&frame), |_| Some(CUT));
                copied += 1;
            }
            in_flight.push_back(frame);
        }
        card.end();
        fake.queue(1, |queue| {
            for _ in 0..random.usize(..4) {
                let Some(chain) = queue.next() else { return };
                assert_eq!(chain.readable[..12], [1, 1, 54, 0, 0xb4, 5, 34, 0, 16, 0, 0, 0]);
                assert_eq!(chain.readable[12..], in_flight.pop_front().unwrap(), "round {round}");
                queue.give(chain.head.into(), 0);
            }
        });
    }
    assert!(chained > 5_000 && copied > 5_000, "{chained} {copied}");
}

#[test]
fn what_has_no_room_so_is_not_written() {
    let never = |_: &mut [u8]| panic!("there is no room");
    let (mut card, fake) = card();
    assert!(!card.transmitter.send_before(FRAME - 11, &REST[..1], never, Offload::NOTHING), "beyond a buffer");
    assert!(!card.transmitter.send_before(54, &REST[..1461], never, Offload::NOTHING), "beyond the longest frame");
    let mut of_long_frames: Card = card_of::<64>(&cutting());
    assert!(!of_long_frames.transmitter.send_before(FRAME - 11, &REST[..1], never, CUT), "beyond a buffer alone");
    assert!(card.transmitter.send_before(54, &REST[..1460], |frame| frame.fill(1), Offload::NOTHING));
    card.transmitter.send(60, |frame| frame.fill(1));
    // The last buffer is free, and the first ones are the device's.
    assert!(card.can_transmit());
    assert!(!card.transmitter.send_before(54, &REST[..1000], never, Offload::NOTHING));
    card.transmitter.send(1054, |frame| frame.fill(5));
    card.end();
    fake.queue(1, |queue| {
        let heads: Vec<u16> = std::iter::from_fn(|| queue.take()).collect();
        assert_eq!(heads, [0, 2, 3]);
    });
}

#[test]
fn nobody_lends_it_twice_or_where_the_device_writes() {
    let mut ring = buffers::<4, 0>(Writer::Driver);
    ring.lend_before(0, FRAME + 1, &REST);
    ring.lend_before(3, FRAME, &REST);
    assert!(!ring.publish(), "beyond a buffer, and beyond the ring");
    ring.lend_before(1, FRAME, &REST);
    assert!(ring.publish() && ring.buffer(1, 1).is_empty() && ring.buffer(2, 1).is_empty());
    ring.lend_before(0, FRAME, &REST);
    ring.lend_before(2, FRAME, &REST);
    ring.lend(2, FRAME);
    assert!(!ring.publish(), "the device has one of them");
    let mut ring = buffers::<4, 0>(Writer::Device);
    ring.lend_before(0, FRAME, &REST);
    assert!(!ring.publish(), "the device would write there");
}

#[test]
fn the_second_descriptor_is_not_returned() {
    let (mut card, fake) = card();
    assert!(card.transmitter.send_before(54, &REST[..1000], |frame| frame.fill(1), Offload::NOTHING));
    card.transmitter.send(60, |frame| frame.fill(1));
    card.transmitter.send(60, |frame| frame.fill(1));
    card.end();
    fake.queue(1, |queue| queue.give(1, 0));
    assert!(!card.can_transmit() && fake.state().is_stopped);
}
