//! Frames in several buffers: from cards that use buffers as they are lent, from others, and from those that lie.

extern crate std;

use super::super::super::fake::{Fake, Queue};
use super::super::super::queue::buffers::{MERGING, Writer};
use super::super::{Card, Memory, feature, spill_bytes};
use super::{FRAME, SEND, buffers, fake, memory, random};
use core::mem::MaybeUninit;
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

const BUFFERS: usize = 64;
const WINDOW: usize = 32 << 10;
const SPILL: usize = spill_bytes(BUFFERS, FRAME, WINDOW);

fn large() -> (Card, Fake) {
    let fake = fake();
    fake.change().offered |= feature::LARGE;
    let card = Card::start(fake.transport(), 1500, SEND, random, memory::<BUFFERS, SPILL>(), memory::<4, 0>());
    (card.unwrap_or_else(|refused| panic!("{refused:?}")), fake)
}

/// All frames that have come, and whether the device vouches for them.
fn receive_all(card: &mut Card) -> Vec<(Vec<u8>, bool)> {
    let mut frames = vec![];
    card.begin();
    while card.receive() {
        let (frame, is_vouched_for) = card.receiver.judged_frame();
        frames.push((frame.to_vec(), is_vouched_for));
        assert_eq!(card.receiver.frame(), frames.last().unwrap().0);
    }
    card.end();
    frames
}

fn frame(random: &mut fastrand::Rng, longest: usize) -> Vec<u8> {
    let mut frame = vec![0; random.usize(1..=longest)];
    random.fill(&mut frame);
    frame
}

fn full() -> impl Iterator<Item = usize> {
    std::iter::repeat(FRAME)
}

fn give(queue: &mut Queue, buffers: &[(u16, u32)]) {
    buffers.iter().for_each(|&(buffer, length)| queue.give(buffer.into(), length));
}

#[test]
fn large_frames_are_agreed_on_with_all_that_they_need_or_not_at_all() {
    const NEEDED: [u64; 3] = [feature::GUEST_CSUM, feature::GUEST_TSO4, feature::MRG_RXBUF];
    for subset in 0..8 {
        let fake = fake();
        let offered =
            NEEDED.iter().enumerate().filter(|(bit, _)| subset >> bit & 1 != 0).fold(0, |all, (_, one)| all | one);
        fake.change().offered |= offered;
        let card = Card::start(fake.transport(), 1500, SEND, random, memory::<BUFFERS, SPILL>(), memory::<4, 0>());
        let expected = if subset == 7 { offered } else { offered & feature::GUEST_CSUM };
        assert_eq!(fake.state().accepted & feature::LARGE, expected, "{subset}");
        assert_eq!(card.ok().unwrap().receiver.merging.is_some(), subset == 7);
        assert!(fake.state().is_started && !fake.state().is_stopped);
    }
    let fake = fake();
    fake.change().offered |= feature::LARGE;
    assert!(super::start(&fake, 1500).is_ok());
    assert_eq!(fake.state().accepted & feature::LARGE, feature::GUEST_CSUM, "there is no room for them");
}

#[test]
fn there_is_room_for_what_a_window_lets_come() {
    assert_eq!(spill_bytes(64, FRAME, 32 << 10), (32 << 10) + 12 + 14 + 60 + 60);
    assert_eq!(spill_bytes(64, FRAME, 1 << 20), 12 + 14 + 65_535);
    assert_eq!(spill_bytes(64, FRAME, 8 << 10), 0, "a few frames");
    assert_eq!(spill_bytes(32, FRAME, 1 << 20), 0, "the longest has no room in the ring");
}

#[test]
fn frames_in_several_buffers_come_whole_and_buffers_go_back_in_order() {
    let (mut card, fake) = large();
    let mut random = fastrand::Rng::with_seed(15);
    let mut next = 0;
    for round in 0..3000 {
        let mut frames = vec![];
        fake.queue(0, |queue| {
            for _ in 0..random.usize(1..4) {
                let longest = if random.bool() { 1514 } else { 21 << 10 };
                let (frame, flags) = (frame(&mut random, longest), random.u8(..4));
                let buffers = queue.spread(&frame, flags, full());
                for (buffer, _) in &buffers {
                    assert_eq!(usize::from(*buffer), next, "round {round}");
                    next = (next + 1) % BUFFERS;
                }
                give(queue, &buffers);
                frames.push((frame, flags != 0));
            }
        });
        assert!(receive_all(&mut card) == frames, "round {round}");
    }
}

#[test]
fn frames_come_as_they_are_from_a_card_that_returns_buffers_in_any_order_and_half_full() {
    let (mut card, fake) = large();
    let mut random = fastrand::Rng::with_seed(16);
    for round in 0..3000 {
        let mut frames = vec![];
        fake.queue(0, |queue| {
            let mut pieces: Vec<_> = (0..random.usize(1..5))
                .map(|_| {
                    let frame = frame(&mut random, 12 << 10);
                    let is_full = random.bool();
                    let sizes =
                        std::iter::repeat_with(|| if is_full { FRAME } else { random.usize(FRAME / 2..=FRAME) });
                    let buffers = queue.spread(&frame, 1, sizes);
                    (frame, buffers)
                })
                .collect();
            // The order of frames, and that of a frame's buffers: what is in them goes with them.
            random.shuffle(&mut pieces);
            for (frame, buffers) in pieces {
                let mut order: Vec<usize> = (0..buffers.len()).collect();
                if random.bool() {
                    random.shuffle(&mut order);
                }
                let contents: Vec<Vec<u8>> =
                    buffers.iter().map(|&(buffer, length)| queue.bytes(buffer)[..length as usize].to_vec()).collect();
                let shuffled: Vec<(u16, u32)> =
                    order.iter().zip(&contents).map(|(&at, content)| (buffers[at].0, content.len() as u32)).collect();
                for ((buffer, length), content) in shuffled.iter().zip(&contents) {
                    queue.bytes(*buffer)[..*length as usize].copy_from_slice(content);
                }
                give(queue, &shuffled);
                frames.push((frame, true));
            }
        });
        assert!(receive_all(&mut card) == frames, "round {round}");
    }
    // From then on in order again.
    let mut lent = vec![];
    fake.queue(0, |queue| lent.extend(std::iter::from_fn(|| queue.take())));
    assert_eq!(lent.len(), BUFFERS);
    assert!(lent.windows(2).all(|pair| usize::from(pair[1]) == (usize::from(pair[0]) + 1) % BUFFERS), "{lent:?}");
}

/// Memory of a ring, and what is somebody else's.
#[repr(C)]
struct Neighbours {
    ring: Memory<BUFFERS, FRAME, SPILL>,
    others: [u8; 1 << 17],
}

#[test]
fn what_is_longer_than_the_room_for_it_goes_nowhere_and_its_buffers_go_back() {
    let neighbours = Box::leak(Box::<Neighbours>::new_zeroed()).as_mut_ptr();
    let fake = fake();
    fake.change().offered |= feature::LARGE;
    // SAFETY: this part of the memory is the card's alone.
    let ring = unsafe { &mut *(&raw mut (*neighbours).ring).cast::<MaybeUninit<Memory<BUFFERS, FRAME, SPILL>>>() };
    let card = Card::start(fake.transport(), 1500, SEND, random, ring, memory::<4, 0>());
    let mut card = card.unwrap_or_else(|refused| panic!("{refused:?}"));
    let mut random = fastrand::Rng::with_seed(17);
    for round in 0..500 {
        fake.queue(0, |queue| {
            // In one piece, or beyond the end by more than there is room for, or in pieces that are copied.
            let sizes = [FRAME, FRAME - 1][random.usize(..2)];
            let frame = vec![round as u8; random.usize(SPILL..(BUFFERS - 1) * (FRAME - 1))];
            let buffers = queue.spread(&frame, 1, std::iter::repeat(sizes));
            give(queue, &buffers);
            let buffers = queue.spread(&[7; 60], 0, full());
            give(queue, &buffers);
        });
        let frames = receive_all(&mut card);
        assert_eq!(frames.len(), 2);
        let (long, _) = &frames[0];
        assert!(long.iter().all(|&byte| byte == round as u8) && (long.is_empty() || long.len() >= SPILL), "{round}");
        assert!(frames[1] == (vec![7; 60], false), "{round}");
    }
    // SAFETY: nobody else uses it.
    let others = unsafe { (&raw const (*neighbours).others).read() };
    assert!(others.iter().all(|&byte| byte == 0), "nothing is written there");
}

#[test]
fn what_the_device_has_is_not_looked_at() {
    let mut ring = buffers::<4, 100>(Writer::Device);
    assert_eq!((MERGING.whole)(&mut ring, 1, 3 * FRAME + 100).len(), 3 * FRAME + 100);
    assert!((MERGING.whole)(&mut ring, 1, 3 * FRAME + 101).is_empty());
    assert!((MERGING.whole)(&mut ring, 5, 1).is_empty());
    ring.lend(2, 0);
    assert!((MERGING.whole)(&mut ring, 1, FRAME + 1).is_empty() && (MERGING.whole)(&mut ring, 2, 1).is_empty());
    assert_eq!((MERGING.whole)(&mut ring, 3, FRAME + 1).len(), FRAME + 1);
}

#[test]
fn a_card_that_says_wrongly_in_how_many_buffers_a_frame_is_is_stopped() {
    for count in [0, 3, 65, u16::MAX] {
        let (mut card, fake) = large();
        fake.queue(0, |queue| {
            let buffers = queue.spread(&[1; 2000], 1, full());
            queue.bytes(buffers[0].0)[10..12].copy_from_slice(&count.to_le_bytes());
            give(queue, &buffers);
        });
        assert!(receive_all(&mut card).is_empty() && fake.state().is_stopped, "{count}");
        card.begin();
        assert!(card.end(), "nothing is waited for in a loop");
    }
}

#[test]
fn a_card_that_returns_a_buffer_of_a_frame_twice_is_stopped() {
    for second in [0, 64, u32::MAX] {
        let (mut card, fake) = large();
        fake.queue(0, |queue| {
            let buffers = queue.spread(&[1; 2000], 1, full());
            queue.give(buffers[0].0.into(), buffers[0].1);
            queue.give(second, buffers[1].1);
        });
        assert!(receive_all(&mut card).is_empty() && fake.state().is_stopped, "{second}");
    }
}

/// A card that says anything at all of frames in several buffers.
#[test]
fn random_large_frames_do_no_harm() {
    let mut random = fastrand::Rng::with_seed(18);
    let (mut card, mut fake) = large();
    for _ in 0..crate::test_cases::cases() {
        if fake.state().is_stopped {
            (card, fake) = large();
        }
        match random.u8(..16) {
            0 => fake.queue(0, |queue| queue.give(random.u32(..80), random.u32(..))),
            1 => fake.queue(0, |queue| queue.set_index(random.u16(..))),
            2..=9 => fake.queue(0, |queue| {
                let count = random.u16(1..5);
                let buffers: Vec<u16> = (0..count).map_while(|_| queue.take()).collect();
                for &buffer in &buffers {
                    let said = if random.u8(..20) == 0 { random.u16(..) } else { buffers.len() as u16 };
                    queue.bytes(buffer)[..12].fill_with(|| random.u8(..4));
                    queue.bytes(buffer)[10..12].copy_from_slice(&said.to_le_bytes());
                    let length = if random.bool() { FRAME as u32 } else { random.u32(..2000) };
                    queue.give(buffer.into(), length);
                }
            }),
            _ => drop(receive_all(&mut card)),
        }
    }
}
