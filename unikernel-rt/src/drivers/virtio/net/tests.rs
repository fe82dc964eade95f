//! The driver against a card that behaves, and against cards that do not.

extern crate std;

use super::fake::{FRAME, Fake, MAC, memory};
use super::{Card, Refusal, config, feature};
use std::vec;
use std::vec::Vec;

fn card() -> (Card<Fake>, Fake) {
    let fake = Fake::new();
    let card = start(&fake, 1500).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    (card, fake)
}

fn start(fake: &Fake, mtu: u16) -> Result<Card<Fake>, Refusal> {
    // SAFETY: the memories live for ever and are this card's.
    unsafe { Card::start(fake.clone(), mtu, memory::<8>(), memory::<4>()) }.map_err(|(_, refusal)| refusal)
}

/// All frames that have come.
fn receive_all(card: &mut Card<Fake>) -> Vec<Vec<u8>> {
    let mut frames = vec![];
    card.begin();
    while card.receive() {
        frames.push(card.receiver.frame().to_vec());
    }
    card.end();
    frames
}

#[test]
fn starts_with_all_receive_buffers_lent_and_one_notification() {
    let (card, fake) = card();
    assert_eq!((card.mac(), card.mtu()), (MAC, 1500));
    let state = fake.0.borrow();
    assert!(state.is_started && !state.is_stopped);
    assert_eq!(state.notified, [1, 0]);
    let mut queue = state.queues[0];
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
        let before = fake.0.borrow().notified;
        fake.queue(0, |queue| frames.iter().for_each(|frame| queue.deliver(frame)));
        assert_eq!(receive_all(&mut card), frames, "round {round}");
        assert_eq!(fake.0.borrow().notified, [before[0] + 1, before[1]]);
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
        assert_eq!(fake.0.borrow().notified[1], round + 1);
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
    assert_eq!(fake.0.borrow().notified, [1, 0]);
}

#[test]
fn interrupts_are_off_while_there_is_work() {
    let (mut card, fake) = card();
    card.acknowledge();
    assert_eq!(fake.0.borrow().acknowledged, 1);
    card.begin();
    fake.queue(0, |queue| assert!(!queue.wants_interrupts()));
    assert!(card.end());
    fake.queue(0, |queue| assert!(queue.wants_interrupts()));
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

#[test]
fn partial_checksums_are_completed() {
    let (mut card, fake) = card();
    // A UDP header's sum over a pseudo-header of 0x1234, and seven bytes.
    let mut frame = vec![0; 60];
    frame[34..41].copy_from_slice(&[0x12, 0x34, 0x11, 0x11, 0, 0, 0x22]);
    frame[38..40].copy_from_slice(&[0x00, 0x05]);
    fake.queue(0, |queue| {
        let buffer = queue.take().unwrap();
        let bytes = queue.bytes(buffer);
        bytes[..12].copy_from_slice(&[1, 0, 0, 0, 0, 0, 34, 0, 4, 0, 0, 0]);
        bytes[12..72].copy_from_slice(&frame);
        queue.give(buffer.into(), 72);
    });
    let sum = !(0x1234_u16 + 0x1111 + 0x0005 + 0x2200);
    frame[38..40].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(receive_all(&mut card), [frame]);
}

#[test]
fn a_checksum_outside_of_the_frame_is_left_alone() {
    for (start, offset) in [(0xffff_u16, 0xffff_u16), (60, 0), (59, 0), (58, 1), (0, 59), (61, 2)] {
        let (mut card, fake) = card();
        fake.queue(0, |queue| {
            let buffer = queue.take().unwrap();
            let bytes = queue.bytes(buffer);
            bytes.fill(7);
            bytes[0] = 1;
            bytes[6..8].copy_from_slice(&start.to_le_bytes());
            bytes[8..10].copy_from_slice(&offset.to_le_bytes());
            queue.give(buffer.into(), 72);
        });
        assert_eq!(receive_all(&mut card), [[7; 60]]);
    }
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
        assert!(fake.0.borrow().is_stopped, "lie {index}");
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
    assert!(!card.can_transmit() && fake.0.borrow().is_stopped);
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
        let fake = Fake::new();
        fake.0.borrow_mut().offered |= offered;
        fake.0.borrow_mut().config[config::MTU..].copy_from_slice(&announced.to_le_bytes());
        assert_eq!(start(&fake, declared).map(|card| card.mtu()), expected);
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_the_device_stopped() {
    type Change = fn(&mut super::fake::State);
    let changes: [(Change, Refusal); 5] = [
        (|state| state.offered = 0, Refusal::Configuration),
        (|state| state.config[0] |= 1, Refusal::Configuration),
        (|state| state.config.fill(0), Refusal::Configuration),
        (|state| state.config.truncate(5), Refusal::Configuration),
        (|state| state.most = 4, Refusal::Queue),
    ];
    for (change, refusal) in changes {
        let fake = Fake::new();
        change(&mut fake.0.borrow_mut());
        assert_eq!(start(&fake, 1500).err(), Some(refusal));
        assert!(fake.0.borrow().is_stopped && !fake.0.borrow().is_started);
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
        if fake.0.borrow().is_stopped {
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
