//! The driver against a card that behaves, and against cards that do not.

extern crate std;

mod large;
mod lasting;

use super::super::Refusal;
use super::super::fake::{Fake, Queue, State};
use super::super::queue::MOST_DESCRIPTORS;
use super::super::queue::buffers::{Buffers, LONGEST_RUN, Writer};
use super::agreement::config;
use super::{Card, Checksum, Cut, HEADER_BYTES, Memory, Offload, Transmitter, feature, frame_bytes};
use core::mem::MaybeUninit;
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

const MAC: [u8; 6] = [0x52, 0x54, 0, 1, 2, 3];
const FRAME: usize = frame_bytes(1500);

/// A card that offers an address alone, and announces an MTU of 9,000 where it is asked.
fn fake() -> Fake {
    let config = [&MAC[..], &[0; 4], &9000_u16.to_le_bytes()].concat();
    Fake::new(feature::MAC, 256, &config)
}

/// Memory for a queue that lives for ever, dirty as a machine's.
fn memory<const BUFFERS: usize, const SPILL: usize>() -> &'static mut MaybeUninit<Memory<BUFFERS, FRAME, SPILL>> {
    let memory = Box::leak(Box::<Memory<BUFFERS, FRAME, SPILL>>::new_uninit());
    // SAFETY: it is as large as it is.
    unsafe { memory.as_mut_ptr().cast::<u8>().write_bytes(0xa5, size_of::<Memory<BUFFERS, FRAME, SPILL>>()) };
    memory
}

/// A queue of the driver's own.
fn buffers<const BUFFERS: usize, const SPILL: usize>(writer: Writer) -> Buffers {
    Buffers::new(memory::<BUFFERS, SPILL>(), writer).0
}

/// Frames that a card receives.
impl Queue {
    /// Writes a frame behind an empty header into the next buffer and returns it.
    fn deliver(&mut self, frame: &[u8]) {
        let buffer = self.take().expect("the driver has lent no buffer");
        let bytes = self.bytes(buffer);
        bytes[..12].fill(0);
        bytes[12..12 + frame.len()].copy_from_slice(frame);
        self.give(buffer.into(), 12 + frame.len() as u32);
    }

    /// Writes a frame behind a header into buffers, as much as is said of each, and does not return them yet.
    fn spread(&mut self, frame: &[u8], flags: u8, pieces: impl Iterator<Item = usize>) -> Vec<(u16, u32)> {
        let mut header = [0; 12];
        header[0] = flags;
        let mut rest = &[&header, frame].concat()[..];
        let mut buffers = Vec::new();
        for piece in pieces {
            let buffer = self.take().expect("the driver has lent no buffer");
            let (written, others) = rest.split_at(piece.min(rest.len()));
            self.bytes(buffer)[..written.len()].copy_from_slice(written);
            buffers.push((buffer, written.len() as u32));
            rest = others;
            if rest.is_empty() {
                break;
            }
        }
        assert!(rest.is_empty());
        self.bytes(buffers[0].0)[10..12].copy_from_slice(&(buffers.len() as u16).to_le_bytes());
        buffers
    }
}

/// What makes up a MAC address.
fn random() -> u64 {
    7
}

/// What a connection keeps of what is to be sent.
const SEND: usize = 32 << 10;

fn card() -> (Card, Fake) {
    let fake = fake();
    let card = start(&fake, 1500).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    (card, fake)
}

fn start(fake: &Fake, mtu: u16) -> Result<Card, Refusal> {
    Card::start(fake.transport(), mtu, SEND, random, memory::<8, 0>(), memory::<4, 0>())
        .map_err(|refused| refused.refusal)
}

/// All frames that have come.
fn receive_all(card: &mut Card) -> Vec<Vec<u8>> {
    let mut frames = vec![];
    card.begin();
    while card.receive() {
        frames.push(card.receiver.frame().to_vec());
    }
    card.end();
    frames
}

#[test]
fn a_card_without_an_address_gets_a_local_one() {
    let address = |random: u64| {
        let fake = fake();
        fake.change().offered &= !feature::MAC;
        let card = Card::start(fake.transport(), 1500, SEND, || random, memory::<8, 0>(), memory::<4, 0>());
        card.unwrap_or_else(|refused| panic!("{refused:?}")).mac()
    };
    let addresses: std::collections::HashSet<_> = (0..1000).map(address).collect();
    assert_eq!(addresses.len(), 1000, "neighbouring time stamps give different addresses");
    assert!(addresses.iter().all(|mac| mac[0] & 3 == 2 && *mac != MAC));
}

#[test]
fn starts_with_all_receive_buffers_lent_and_one_notification() {
    let (card, fake) = card();
    assert_eq!((card.mac(), card.mtu()), (MAC, 1500));
    let state = fake.state();
    assert!(state.is_started && !state.is_stopped);
    assert_eq!(state.notified[..2], [1, 0]);
    let mut queue = state.queues[0].expect("it was set up");
    let lent: Vec<u16> = std::iter::from_fn(|| queue.take()).collect();
    assert_eq!(lent, (0..8).collect::<Vec<_>>());
    assert!(lent.iter().all(|&buffer| queue.bytes(buffer).len() == FRAME));
    assert!(queue.wants_interrupts());
}

#[test]
fn frames_come_as_they_were_and_buffers_go_back_with_one_notification() {
    let (mut card, fake) = card();
    for round in 0..70_000_u32 {
        let frames: Vec<Vec<u8>> = (0..1 + round % 5).map(|n| vec![(round + n) as u8; 60 + n as usize]).collect();
        let before = fake.state().notified;
        fake.queue(0, |queue| frames.iter().for_each(|frame| queue.deliver(frame)));
        assert_eq!(receive_all(&mut card), frames, "round {round}");
        assert_eq!(fake.state().notified[..2], [before[0] + 1, before[1]]);
    }
}

#[test]
fn frames_are_sent_as_they_were_with_one_notification_and_no_interrupt() {
    let (mut card, fake) = card();
    for round in 0..70_000_u32 {
        let count = 1 + round % 4;
        card.begin();
        for n in 0..count {
            assert!(card.can_transmit(), "round {round}");
            card.transmitter.send(60 + n as usize, |frame| frame.fill((round + n) as u8));
        }
        card.end();
        assert_eq!(fake.state().notified[1], round + 1);
        fake.queue(1, |queue| {
            for n in 0..count {
                let buffer = queue.take().unwrap();
                let bytes = queue.bytes(buffer);
                assert_eq!(bytes[..12], [0; 12]);
                assert_eq!(bytes[12..], vec![(round + n) as u8; 60 + n as usize]);
                queue.give(buffer.into(), 0);
            }
            assert_eq!(queue.take(), None);
            assert!(!queue.wants_interrupts());
        });
    }
}

#[test]
fn a_device_that_asks_for_quiet_is_not_notified() {
    let (mut card, fake) = card();
    fake.queue(0, |queue| queue.set_quiet(true));
    fake.queue(1, |queue| queue.set_quiet(true));
    fake.queue(0, |queue| queue.deliver(&[1; 60]));
    assert_eq!(receive_all(&mut card).len(), 1);
    assert!(card.can_transmit());
    card.transmitter.send(60, |frame| frame.fill(1));
    card.end();
    assert_eq!(fake.state().notified[..2], [1, 0]);
}

#[test]
fn interrupts_are_off_while_there_is_work() {
    let (mut card, fake) = card();
    card.acknowledge();
    assert_eq!(fake.state().acknowledged, 1);
    card.begin();
    fake.queue(0, |queue| assert!(!queue.wants_interrupts()));
    assert!(card.end());
    fake.queue(0, |queue| assert!(queue.wants_interrupts()));
    assert!(card.will_interrupt());
    card.begin();
    card.submit();
    fake.queue(0, |queue| assert!(!queue.wants_interrupts()));
    assert!(!card.will_interrupt() && card.end() && card.will_interrupt());
    // What has come before the interrupt was asked for is not missed.
    fake.queue(0, |queue| queue.deliver(&[1; 60]));
    card.begin();
    assert!(!card.end());
}

#[test]
fn without_room_for_an_answer_frames_wait_for_an_interrupt_of_the_other_queue() {
    let (mut card, fake) = card();
    for _ in 0..4 {
        assert!(card.can_transmit());
        card.transmitter.send(60, |frame| frame.fill(1));
    }
    fake.queue(0, |queue| queue.deliver(&[1; 60]));
    card.begin();
    assert!(!card.can_transmit() && !card.receive());
    assert!(card.end(), "there is nothing to do until the device has sent something");
    fake.queue(1, |queue| {
        assert!(queue.wants_interrupts());
        let buffer = queue.take().unwrap();
        queue.give(buffer.into(), 0);
    });
    card.begin();
    assert!(card.receive());
    assert!(card.end());
    fake.queue(1, |queue| assert!(!queue.wants_interrupts()));
}

/// A frame finds no room, the device returns all that it has, and an answer finds it: no interrupt tells of it any more.
#[test]
fn nobody_waits_for_room_that_another_has_found() {
    let (mut card, fake) = card();
    for _ in 0..4 {
        assert!(card.can_transmit());
        card.transmitter.send(60, |frame| frame.fill(1));
    }
    card.begin();
    assert!(!card.transmitter.can_send_longest() && card.is_starved());
    fake.queue(1, |queue| {
        while let Some(buffer) = queue.take() {
            queue.give(buffer.into(), 0);
        }
    });
    assert!(card.can_transmit() && !card.is_starved());
    fake.queue(0, |queue| queue.deliver(&[1; 60]));
    assert!(!card.end(), "a frame has come");
}

#[test]
fn what_the_device_vouches_for_is_told() {
    for (flags, expected) in [(0, false), (1, true), (2, true), (4, false), (3, true)] {
        let (mut card, fake) = card();
        fake.queue(0, |queue| {
            let buffer = queue.take().unwrap();
            let bytes = queue.bytes(buffer);
            bytes.fill(7);
            bytes[0] = flags;
            queue.give(buffer.into(), 72);
        });
        card.begin();
        assert!(card.receive());
        assert_eq!(card.receiver.judged_frame(), (&mut [7; 60][..], expected), "{flags}");
        assert_eq!(card.receiver.frame(), [7; 60]);
        assert!(!card.receive() && !card.receiver.judged_frame().1);
    }
}

fn cutting() -> Fake {
    let fake = fake();
    fake.change().offered |= feature::CSUM | feature::HOST_TSO4;
    fake
}

impl Transmitter {
    /// Sends a frame that the device has nothing to do with.
    fn send<R>(&mut self, length: usize, write: impl FnOnce(&mut [u8]) -> R) -> R {
        self.send_as(length, write, |_| Some(Offload::NOTHING))
    }
}

/// The most bytes of a frame to send.
fn most_bytes(card: &Card) -> usize {
    card.transmitter.most - HEADER_BYTES
}

fn offloading() -> (Card, Fake) {
    let fake = cutting();
    let card = card_of::<64>(&fake);
    (card, fake)
}

fn card_of<const TX: usize>(fake: &Fake) -> Card {
    sending::<TX>(fake, SEND)
}

fn sending<const TX: usize>(fake: &Fake, send_bytes: usize) -> Card {
    let card = Card::start(fake.transport(), 1500, send_bytes, random, memory::<8, 0>(), memory::<TX, 0>());
    card.unwrap_or_else(|refused| panic!("{refused:?}"))
}

#[test]
fn frames_to_be_cut_lie_in_several_buffers_and_come_whole() {
    let (mut card, fake) = offloading();
    let most = most_bytes(&card);
    let offload = Offload {
        checksum: Some(Checksum { start: 34, offset: 16 }),
        cut: Some(Cut { header_bytes: 54, segment_bytes: 1460 }),
    };
    let mut random = fastrand::Rng::with_seed(5);
    let mut in_flight = std::collections::VecDeque::new();
    for round in 0..20_000_u32 {
        card.begin();
        while card.transmitter.can_send_longest() && random.u8(..4) > 0 {
            let length = if random.bool() { random.usize(1..most + 1) } else { random.usize(1..1500) };
            card.transmitter.send_as(length, |frame| frame.fill(round as u8), |_| Some(offload));
            in_flight.push_back((length, round as u8));
        }
        card.end();
        fake.queue(1, |queue| {
            for _ in 0..random.usize(..3) {
                let Some(buffer) = queue.take() else { return };
                let (length, fill) = in_flight.pop_front().unwrap();
                let bytes = queue.bytes(buffer);
                assert_eq!(bytes[..12], [1, 1, 54, 0, 0xb4, 5, 34, 0, 16, 0, 0, 0]);
                assert!(bytes.len() == 12 + length && bytes[12..].iter().all(|&byte| byte == fill), "round {round}");
                queue.give(buffer.into(), 0);
            }
        });
    }
}

#[test]
fn frames_to_be_cut_have_room_in_half_of_the_ring_and_are_no_longer_than_what_is_to_be_sent() {
    assert_eq!(most_bytes(&sending::<64>(&cutting(), 1 << 20)), 32 * FRAME - 12);
    assert_eq!(most_bytes(&sending::<64>(&cutting(), 8 << 10)), (8 << 10) + 14 + 60 + 60);
    assert_eq!(most_bytes(&sending::<64>(&cutting(), 512)), 1514, "there may be other protocols");
    assert_eq!(most_bytes(&sending::<256>(&cutting(), 1 << 20)), 65_535);
    assert_eq!(most_bytes(&sending::<2>(&cutting(), 1 << 20)), FRAME - 12);
}

#[test]
fn a_card_that_cuts_nothing_is_sent_no_more_than_the_mtu() {
    for (offered, most) in [(0, 1514), (feature::CSUM, 1514), (feature::HOST_TSO4, 1514)] {
        let fake = fake();
        fake.change().offered |= offered;
        let mut card = card_of::<64>(&fake);
        assert_eq!((most_bytes(&card), card.completes_checksums()), (most, offered == feature::CSUM));
        assert!(card.transmitter.can_send_longest());
        assert_eq!(card.transmitter.send(most + 1, |frame| frame.len()), 0);
        assert_eq!(card.transmitter.send(most, |frame| frame.len()), most);
    }
}

#[test]
fn only_the_first_buffer_of_a_frame_can_be_returned() {
    for lie in 1..4_u32 {
        let (mut card, fake) = offloading();
        assert!(card.transmitter.can_send_longest());
        card.transmitter.send(4 * FRAME - 12, |frame| frame.fill(1));
        card.end();
        fake.queue(1, |queue| queue.give(lie, 0));
        for _ in 0..64 {
            if !card.transmitter.can_send_longest() {
                break;
            }
            card.transmitter.send(16 * FRAME - 12, |frame| frame.fill(1));
        }
        assert!(fake.state().is_stopped, "lie {lie}");
    }
}

#[test]
fn a_ring_gives_no_more_buffers_than_it_has() {
    let mut ring = buffers::<4, 0>(Writer::Driver);
    assert!(ring.free(4 * FRAME) == Some(0) && ring.free(4 * FRAME + 1).is_none());
    assert!(ring.buffer(3, FRAME).len() == FRAME && ring.buffer(3, FRAME + 1).is_empty());
    ring.lend(3, FRAME + 1);
    assert!(!ring.publish());
    let mut ring = buffers::<MOST_DESCRIPTORS, 0>(Writer::Driver);
    ring.lend(0, usize::from(LONGEST_RUN) * FRAME + 1);
    assert!(!ring.publish(), "its length cannot be noted");
    ring.lend(0, usize::from(LONGEST_RUN) * FRAME);
    assert!(ring.publish());
}

#[test]
fn lengths_are_not_believed() {
    for (length, expected) in [(0, 0), (11, 0), (12, 0), (13, 1), (FRAME as u32, FRAME - 12), (u32::MAX, FRAME - 12)] {
        let (mut card, fake) = card();
        fake.queue(0, |queue| {
            let buffer = queue.take().unwrap();
            queue.bytes(buffer)[..12].fill(0);
            queue.give(buffer.into(), length);
        });
        assert_eq!(receive_all(&mut card).first().map(Vec::len), Some(expected), "{length}");
    }
}

#[test]
fn a_device_that_returns_what_it_has_not_is_stopped() {
    type Lie = fn(&Fake);
    let lies: [Lie; 5] = [
        |fake| fake.queue(0, |queue| queue.give(8, 60)),
        |fake| fake.queue(0, |queue| queue.give(u32::MAX, 60)),
        |fake| fake.queue(0, |queue| queue.give(0x1_0000, 60)),
        |fake| fake.queue(0, |queue| queue.set_index(9)),
        |fake| fake.queue(0, |queue| queue.set_index(u16::MAX)),
    ];
    for (index, lie) in lies.into_iter().enumerate() {
        let (mut card, fake) = card();
        lie(&fake);
        assert!(receive_all(&mut card).len() <= 1);
        assert!(fake.state().is_stopped, "lie {index}");
        fake.queue(0, |queue| queue.set_index(1));
        assert!(receive_all(&mut card).is_empty(), "lie {index}");
        card.begin();
        assert!(card.end(), "nothing is waited for in a loop");
    }
}

#[test]
fn a_device_that_returns_sent_frames_twice_is_stopped() {
    let (mut card, fake) = card();
    for _ in 0..4 {
        assert!(card.can_transmit());
        card.transmitter.send(60, |frame| frame.fill(1));
    }
    fake.queue(1, |queue| {
        queue.give(0, 0);
        queue.give(0, 0);
    });
    assert!(!card.can_transmit() && fake.state().is_stopped);
    for _ in 0..2 {
        card.transmitter.send(60, |_| ());
        assert!(!card.receive());
    }
}

#[test]
fn a_frame_that_does_not_fit_goes_nowhere() {
    let (mut card, fake) = card();
    assert!(card.can_transmit());
    assert_eq!(card.transmitter.send(FRAME, |frame| frame.len()), 0);
    card.end();
    fake.queue(1, |queue| assert_eq!(queue.take(), None));
}

#[test]
fn the_mtu_is_the_least_of_what_is_declared_announced_and_fits() {
    for (offered, announced, declared, expected) in [
        (0, 0, 1500, Ok(1500)),
        (0, 0, 9000, Ok(1500 + 10)), // a buffer is rounded up
        (feature::MTU, 1400_u16, 1500, Ok(1400)),
        (feature::MTU, 9000, 1500, Ok(1500)),
        (feature::MTU, 67, 1500, Err(Refusal::Configuration)),
        (feature::MTU, 0, 1500, Err(Refusal::Configuration)),
    ] {
        let fake = fake();
        fake.change().offered |= offered;
        fake.change().config[config::MTU as usize..].copy_from_slice(&announced.to_le_bytes());
        assert_eq!(start(&fake, declared).map(|card| card.mtu()), expected);
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_the_device_stopped() {
    type Change = fn(&mut State);
    let changes: [(Change, Refusal); 4] = [
        (|state| state.config[0] |= 1, Refusal::Configuration),
        (|state| state.config.fill(0), Refusal::Configuration),
        (|state| state.config.truncate(5), Refusal::Configuration),
        (|state| state.most = 4, Refusal::Queue),
    ];
    for (change, refusal) in changes {
        let fake = fake();
        change(&mut fake.change());
        assert_eq!(start(&fake, 1500).err(), Some(refusal));
        assert!(fake.state().is_stopped && !fake.state().is_started);
    }
}

/// A device that says anything at all, a hundred thousand times.
#[test]
fn random_devices_do_no_harm() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (mut card, mut fake) = card();
    for _ in 0..crate::test_cases::cases() {
        if fake.state().is_stopped {
            (card, fake) = self::card();
        }
        let queue = (random() & 1) as usize;
        match random() % 16 {
            0 => fake.queue(queue, |queue| queue.give(random() as u32, random() as u32)),
            1 => fake.queue(queue, |queue| queue.set_index(random() as u16)),
            2..=8 => fake.queue(queue, |queue| {
                if let Some(buffer) = queue.take() {
                    let bytes = queue.bytes(buffer);
                    bytes[..12].fill_with(|| random() as u8 & 3);
                    queue.give(buffer.into(), random() as u32 % 2000);
                }
            }),
            9..=12 if card.can_transmit() => {
                card.transmitter.send(random() as usize % FRAME, |frame| frame.fill(random() as u8));
            }
            _ => drop(receive_all(&mut card)),
        }
    }
}
