//! The driver against a fake device: one that keeps to the rules, and one that lies in each way there is.

extern crate std;

use super::super::Refusal;
use super::super::fake::{Chain, Fake};
use super::{BlockError, DEPTH, Device, Geometry, Operation, Prepared, Submission, Ticket};
use core::ptr::NonNull;
use std::boxed::Box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::vec::Vec;

const VERSION_1: u32 = 1 << 0;
const SEGMENT_SIZE: u32 = 1 << 1;
const READ_ONLY: u32 = 1 << 5;
const BLOCK_SIZE: u32 = 1 << 6;
const FLUSH: u32 = 1 << 9;

/// A disk of 1,000 sectors.
fn disk(features: u32) -> (Fake, Device) {
    let fake = Fake::new(features | VERSION_1, 256, &[1000, 0, 4096, 0, 0, 4096]);
    let mut transport = fake.transport();
    let prepared = Prepared::new(&mut transport).expect("it is a good device");
    (fake, Device::new(transport, prepared))
}

fn refused(features: u32, queue_size: u32, config: &[u32]) -> Refusal {
    let fake = Fake::new(features, queue_size, config);
    Prepared::new(&mut fake.transport()).err().expect("it is no good device")
}

/// Memory that outlives every device.
fn memory(size_bytes: usize) -> &'static mut [u8] {
    Box::leak(std::vec![0xaa; size_bytes].into_boxed_slice())
}

/// Hands in a request.
fn hand_in(device: &mut Device, operation: Operation, first_block: u64, data: &mut [u8]) -> Submission {
    let start = NonNull::new(data.as_mut_ptr()).expect("slices are nowhere null");
    // SAFETY: `memory` is never freed.
    unsafe { device.submit(operation, first_block, start, data.len() as u32) }
}

/// Hands in a request that the device is to get, if there is room.
fn submit(device: &mut Device, operation: Operation, first_block: u64, data: &mut [u8]) -> Option<Ticket> {
    match hand_in(device, operation, first_block, data) {
        Submission::InFlight(ticket) => Some(ticket),
        Submission::Full => None,
        Submission::Over(outcome) => panic!("over without the device: {outcome:?}"),
    }
}

fn header(chain: &Chain) -> (u32, u64) {
    let bytes = &chain.readable;
    (u32::from_le_bytes(bytes[..4].try_into().unwrap()), u64::from_le_bytes(bytes[8..16].try_into().unwrap()))
}

/// Answers a chain with a status, and all of it used.
fn answer(fake: &mut Fake, chain: &Chain, status: u8) {
    let all = chain.writable_bytes();
    chain.write(all - 1, &[status]);
    fake.give_back(chain.token.into(), all);
}

fn outcome(device: &mut Device, ticket: Ticket) -> Option<Result<(), BlockError>> {
    device.outcome(ticket).ok()
}

#[test]
fn a_device_is_started_with_what_it_has_said() {
    let (fake, device) = disk(0);
    assert_eq!(fake.status(), 0b1111, "acknowledged, driven, features and driver ready");
    let expected = Geometry { blocks: 1000, block_bytes: 512, request_bytes_most: 1 << 30, is_read_only: false };
    assert_eq!(device.geometry, expected);
    let (_, device) = disk(BLOCK_SIZE | SEGMENT_SIZE | READ_ONLY);
    let expected = Geometry { blocks: 125, block_bytes: 4096, request_bytes_most: 4096, is_read_only: true };
    assert_eq!(device.geometry, expected);
}

#[test]
fn a_device_that_makes_no_sense_is_refused() {
    let good = [1000, 0, 4096, 0, 0, 512];
    assert_eq!(refused(0, 256, &good), Refusal::Legacy);
    assert_eq!(refused(VERSION_1, 63, &good), Refusal::Queue);
    assert_eq!(refused(VERSION_1, 0, &good), Refusal::Queue);
    for block_bytes in [0, 256, 513, 1000, 1 << 21, u32::MAX] {
        let config = [1000, 0, 4096, 0, 0, block_bytes];
        assert_eq!(refused(VERSION_1 | BLOCK_SIZE, 256, &config), Refusal::Configuration, "blocks of {block_bytes}");
    }
    for segment_bytes in [0, 511] {
        let config = [1000, 0, segment_bytes, 0, 0, 512];
        assert_eq!(refused(VERSION_1 | SEGMENT_SIZE, 256, &config), Refusal::Configuration);
    }
}

#[test]
fn a_read_brings_the_data_and_nothing_else_is_touched() {
    let (mut fake, mut device) = disk(BLOCK_SIZE);
    let data = memory(8192);
    let ticket = submit(&mut device, Operation::Read, 3, &mut data[..4096]).expect("there is room");
    let chain = fake.next().expect("it was made available");
    assert_eq!((header(&chain), chain.pieces()), ((0, 24), std::vec![4096, 1]));
    assert!(!device.poll());
    let ticket = device.outcome(ticket).expect_err("it is in flight");
    chain.write(0, &[7; 4096]);
    answer(&mut fake, &chain, 0);
    assert!(device.poll());
    assert_eq!(outcome(&mut device, ticket), Some(Ok(())));
    assert!(data[..4096].iter().all(|byte| *byte == 7) && data[4096..].iter().all(|byte| *byte == 0xaa));
}

#[test]
fn a_write_hands_the_data_over_in_one_request_whatever_its_length() {
    let (mut fake, mut device) = disk(0);
    let data = memory(500 * 512);
    data.fill(9);
    let ticket = submit(&mut device, Operation::Write, 500, data).expect("there is room");
    let chain = fake.next().expect("it was made available");
    assert_eq!((header(&chain), chain.pieces()), ((1, 500), std::vec![1]));
    assert!(chain.readable.len() == 16 + 500 * 512 && chain.readable[16..].iter().all(|byte| *byte == 9));
    // What devices call the length of a write is not the same everywhere.
    chain.write(0, &[0]);
    fake.give_back(chain.token.into(), 500 * 512);
    device.poll();
    assert_eq!(outcome(&mut device, ticket), Some(Ok(())));
}

#[test]
fn a_flush_is_a_request_where_the_device_has_it_and_done_where_it_has_nothing_to_flush() {
    let (mut fake, mut device) = disk(FLUSH);
    let ticket = submit(&mut device, Operation::Flush, 0, &mut []).expect("there is room");
    let chain = fake.next().expect("it was made available");
    assert_eq!((header(&chain), chain.readable.len(), chain.pieces()), ((4, 0), 16, std::vec![1]));
    let ticket = device.outcome(ticket).expect_err("not acknowledged yet");
    answer(&mut fake, &chain, 0);
    device.poll();
    assert_eq!(outcome(&mut device, ticket), Some(Ok(())));

    let (mut fake, mut device) = disk(0);
    assert_eq!(hand_in(&mut device, Operation::Flush, 0, &mut []), Submission::Over(Ok(())));
    assert!(fake.next().is_none());
}

#[test]
fn many_are_in_flight_and_come_back_in_any_order() {
    let (mut fake, mut device) = disk(0);
    const { assert!(DEPTH >= 16) };
    for round in 0..3000 {
        let mut tickets: Vec<Ticket> = Vec::new();
        let data = memory(512 * DEPTH);
        for (index, block) in data.chunks_exact_mut(512).enumerate() {
            tickets.push(submit(&mut device, Operation::Read, index as u64, block).expect("there is room"));
        }
        assert!(submit(&mut device, Operation::Read, 0, &mut [0; 512]).is_none(), "one more than can be");
        let mut chains: Vec<Chain> = core::iter::from_fn(|| fake.next()).collect();
        assert_eq!(chains.len(), DEPTH);
        chains.rotate_left(round % DEPTH);
        for chain in &chains {
            chain.write(0, &[header(chain).1 as u8; 512]);
            // Every third one fails.
            answer(&mut fake, chain, u8::from(header(chain).1.is_multiple_of(3)));
        }
        device.poll();
        for (index, (ticket, block)) in tickets.into_iter().zip(data.chunks_exact(512)).enumerate() {
            let expected = if index.is_multiple_of(3) { Err(BlockError::Io) } else { Ok(()) };
            assert_eq!(outcome(&mut device, ticket), Some(expected));
            assert!(block.iter().all(|byte| *byte == index as u8), "block {index} of round {round}");
        }
    }
}

#[test]
fn the_device_is_notified_unless_it_does_not_want_to_be() {
    let (mut fake, mut device) = disk(0);
    for (wants, notified) in [(true, Some(0)), (false, None), (true, Some(0))] {
        fake.want_notifications(wants);
        assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_some());
        assert_eq!(fake.take_notification(), notified);
    }
}

/// Lets `lie` answer one of two reads; the device must be reset, both must have failed, and so must everything later.
fn lies(lie: impl FnOnce(&mut Fake, &Chain, &Chain)) {
    let (mut fake, mut device) = disk(FLUSH);
    let first = submit(&mut device, Operation::Read, 0, memory(512)).expect("there is room");
    let second = submit(&mut device, Operation::Read, 1, memory(1024)).expect("there is room");
    let chains = [fake.next(), fake.next()].map(|chain| chain.expect("it was made available"));
    lie(&mut fake, &chains[0], &chains[1]);
    device.poll();
    assert_eq!(fake.status(), 0, "it was reset");
    assert_eq!(outcome(&mut device, second), Some(Err(BlockError::Device)));
    let first = outcome(&mut device, first).expect("it is not in flight any more");
    assert!(matches!(first, Ok(()) | Err(BlockError::Device)), "{first:?}");
    for operation in [Operation::Read, Operation::Write, Operation::Flush] {
        assert_eq!(hand_in(&mut device, operation, 0, memory(512)), Submission::Over(Err(BlockError::Device)));
    }
    assert!(fake.next().is_none(), "nothing is made available to it any more");
}

#[test]
fn a_token_beyond_the_queue_is_a_lie() {
    for token in [64, 65, 255, 0xffff, 0xffff_ffff] {
        lies(|fake, _, _| fake.give_back(token, 513));
    }
}

#[test]
fn a_token_that_is_not_in_flight_is_a_lie() {
    lies(|fake, first, second| {
        let other = (0..64).find(|token| ![first.token, second.token].contains(token)).expect("there are 64");
        fake.give_back(other.into(), 513);
    });
}

#[test]
fn a_token_inside_of_a_chain_is_a_lie() {
    lies(|fake, first, _| fake.give_back(u32::from(first.token) + 1, 513));
}

#[test]
fn a_token_returned_twice_is_a_lie() {
    lies(|fake, first, _| {
        answer(fake, first, 0);
        fake.give_back(first.token.into(), 513);
    });
}

#[test]
fn a_length_beyond_the_buffer_is_a_lie() {
    for used_bytes in [514, 1025, u32::MAX] {
        lies(|fake, first, _| {
            first.write(512, &[0]);
            fake.give_back(first.token.into(), used_bytes);
        });
    }
}

#[test]
fn a_status_that_was_never_written_is_a_lie() {
    lies(|fake, first, _| fake.give_back(first.token.into(), 513));
}

#[test]
fn more_entries_than_there_were_requests_are_a_lie() {
    lies(|fake, first, _| {
        answer(fake, first, 0);
        for _ in 0..1000 {
            fake.give_back(first.token.into(), 513);
        }
    });
}

#[test]
fn a_read_that_did_not_bring_everything_has_failed() {
    for (used_bytes, expected) in [(513, Ok(())), (512, Ok(())), (511, Err(BlockError::Io)), (0, Err(BlockError::Io))] {
        let (mut fake, mut device) = disk(0);
        let ticket = submit(&mut device, Operation::Read, 0, memory(512)).expect("there is room");
        let chain = fake.next().expect("it was made available");
        chain.write(512, &[0]);
        fake.give_back(chain.token.into(), used_bytes);
        device.poll();
        assert_eq!(outcome(&mut device, ticket), Some(expected), "{used_bytes} bytes");
    }
}

#[test]
fn every_status_but_the_one_is_a_failure() {
    for status in 1..0xff {
        let (mut fake, mut device) = disk(0);
        let ticket = submit(&mut device, Operation::Write, 0, memory(512)).expect("there is room");
        let chain = fake.next().expect("it was made available");
        answer(&mut fake, &chain, status);
        device.poll();
        assert_eq!(outcome(&mut device, ticket), Some(Err(BlockError::Io)), "status {status}");
    }
}

#[test]
fn random_used_rings_never_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let data = memory(512);
    // Each has ten exchanges.
    for _ in 0..crate::test_cases::cases() / 10 {
        let (mut fake, mut device) = disk(FLUSH);
        let mut tickets = Vec::new();
        for _ in 0..10 {
            let operation = [Operation::Read, Operation::Write, Operation::Flush][random() as usize % 3];
            if let Submission::InFlight(ticket) = hand_in(&mut device, operation, random() % 1000, data) {
                tickets.push(ticket);
            }
            if let Some(chain) = fake.next()
                && !random().is_multiple_of(4)
            {
                chain.write(chain.writable_bytes() - 1, &[random() as u8 & 1]);
            }
            if random().is_multiple_of(2) {
                fake.give_back(random() as u32 % 30, random() as u32 % 1000);
            }
            device.poll();
        }
        for ticket in tickets {
            let _ = device.outcome(ticket);
        }
    }
}

struct Count(AtomicUsize);
impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn who_waits_is_woken_when_there_is_news_and_not_before() {
    let (mut fake, mut device) = disk(0);
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let ticket = submit(&mut device, Operation::Read, 0, memory(512)).expect("there is room");
    assert!(device.wake_later(Some(&ticket), Waker::from(count.clone())).is_none());
    let earlier = device.wake_later(Some(&ticket), Waker::from(count.clone()));
    assert!(earlier.is_some(), "the caller drops or wakes him");
    device.poll();
    assert!(device.next_waker().is_none());
    let chain = fake.next().expect("it was made available");
    answer(&mut fake, &chain, 0);
    device.poll();
    while let Some(waker) = device.next_waker() {
        waker.wake();
    }
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
}

/// As many requests as can be in flight.
fn all(fake: &mut Fake, device: &mut Device) -> (Vec<Ticket>, Vec<Chain>) {
    let tickets = core::iter::from_fn(|| submit(device, Operation::Read, 0, memory(512))).collect();
    (tickets, core::iter::from_fn(|| fake.next()).collect())
}

#[test]
fn who_waits_for_room_is_woken_when_there_is_some() {
    let (mut fake, mut device) = disk(0);
    let (_, chains) = all(&mut fake, &mut device);
    let count = Arc::new(Count(AtomicUsize::new(0)));
    assert!(device.wake_later(None, Waker::from(count.clone())).is_none());
    device.poll();
    assert!(device.next_waker().is_none());
    answer(&mut fake, &chains[0], 0);
    device.poll();
    device.next_waker().expect("there is room").wake();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
}

#[test]
fn successes_that_nobody_asks_for_make_room_and_are_not_forgotten() {
    let (mut fake, mut device) = disk(0);
    let (mut tickets, mut chains) = all(&mut fake, &mut device);
    for _ in 0..3 {
        for chain in &chains {
            answer(&mut fake, chain, 0);
        }
        device.poll();
        let (more, later) = all(&mut fake, &mut device);
        assert_eq!(more.len(), DEPTH);
        tickets.extend(more);
        chains = later;
    }
    let in_flight = tickets.split_off(3 * DEPTH);
    for ticket in tickets {
        assert_eq!(outcome(&mut device, ticket), Some(Ok(())));
    }
    for ticket in in_flight {
        assert_eq!(outcome(&mut device, ticket), None);
    }
}

#[test]
fn failures_keep_their_places_until_they_are_asked_for_and_nobody_waits_for_them() {
    let (mut fake, mut device) = disk(0);
    let (mut tickets, chains) = all(&mut fake, &mut device);
    let (last, failing) = chains.split_last().expect("there are some");
    for chain in failing {
        answer(&mut fake, chain, 1);
    }
    device.poll();
    assert_eq!(hand_in(&mut device, Operation::Read, 0, memory(512)), Submission::Full, "one is in flight");
    answer(&mut fake, last, 1);
    device.poll();
    let refused = hand_in(&mut device, Operation::Read, 0, memory(512));
    assert_eq!(refused, Submission::Over(Err(BlockError::Io)));
    assert_eq!(outcome(&mut device, tickets.pop().expect("there are some")), Some(Err(BlockError::Io)));
    assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_some());
    for ticket in tickets {
        assert_eq!(outcome(&mut device, ticket), Some(Err(BlockError::Io)));
    }
}

#[test]
fn a_place_is_taken_only_after_those_who_waited_for_it_were_told() {
    let (mut fake, mut device) = disk(0);
    let (tickets, chains) = all(&mut fake, &mut device);
    let count = Arc::new(Count(AtomicUsize::new(0)));
    assert!(device.wake_later(Some(&tickets[5]), Waker::from(count.clone())).is_none());
    answer(&mut fake, &chains[5], 0);
    device.poll();
    assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_none());
    device.next_waker().expect("it is over").wake();
    assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_some());
    let late = device.wake_later(Some(&tickets[5]), Waker::from(count));
    assert!(late.is_some(), "its place is another's: he is to be woken at once");
}
