//! The driver against a fake device: one that keeps to the rules, and one that lies in each way there is.

extern crate std;

use super::super::Refusal;
use super::super::dma::Memory;
use super::super::dma::sealed::Buffer as _;
use super::super::fake::{Chain, Fake};
use super::super::queue::requests::Loan;
use super::{DEPTH, Device, Error, Geometry, Operation, Submission};
use std::boxed::Box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::vec::Vec;

const SEGMENT_SIZE: u64 = 1 << 1;
const READ_ONLY: u64 = 1 << 5;
const BLOCK_SIZE: u64 = 1 << 6;
const FLUSH: u64 = 1 << 9;

/// A device of these words of configuration.
fn fake(features: u64, most: u16, config: &[u32]) -> Fake {
    Fake::new(features, most, &config.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>())
}

fn start(fake: &Fake) -> Result<Device, Refusal> {
    Device::start(fake.transport(), Box::leak(Box::new_uninit())).map_err(|refused| refused.refusal)
}

/// A disk of 1,000 sectors.
fn disk(features: u64) -> (Fake, Device) {
    let fake = fake(features, 256, &[1000, 0, 4096, 0, 0, 4096]);
    let device = start(&fake).expect("it is a good device");
    (fake, device)
}

fn refused(features: u64, most: u16, config: &[u32]) -> Refusal {
    start(&fake(features, most, config)).err().expect("it is no good device")
}

/// Memory that outlives every device, and is full of 0xaa.
fn memory(size_bytes: usize) -> Memory {
    filled(size_bytes, 0xaa)
}

fn filled(size_bytes: usize, byte: u8) -> Memory {
    Box::leak(std::vec![byte; size_bytes].into_boxed_slice()).into_memory()
}

/// What memory is full of.
fn bytes(memory: Memory) -> &'static [u8] {
    <&'static [u8]>::from_memory(memory).expect("it was leaked")
}

/// Hands in a request of the whole memory.
fn hand_in(device: &mut Device, operation: Operation, first_sector: u64, memory: Memory) -> Submission {
    let size_bytes = memory.length() as u32;
    device.submit(operation, first_sector, memory, 0, size_bytes)
}

/// Hands in a request that the device is to get, if there is room.
fn submit(device: &mut Device, operation: Operation, first_sector: u64, memory: Memory) -> Option<Loan> {
    match hand_in(device, operation, first_sector, memory) {
        Submission::InFlight(loan) => Some(loan),
        Submission::Full(_) => None,
        Submission::Over(_, outcome) => panic!("over without the device: {outcome:?}"),
    }
}

/// The outcome of what is over without the device.
fn over(submission: Submission) -> Result<(), Error> {
    match submission {
        Submission::Over(_, outcome) => outcome,
        _ => panic!("the device has it"),
    }
}

fn header(chain: &Chain) -> (u32, u64) {
    let bytes = &chain.readable;
    (u32::from_le_bytes(bytes[..4].try_into().unwrap()), u64::from_le_bytes(bytes[8..16].try_into().unwrap()))
}

/// Takes the next chain that the driver has made available.
fn next(fake: &Fake) -> Option<Chain> {
    fake.next(0)
}

fn give_back(fake: &Fake, head: u32, used_bytes: u32) {
    fake.queue(0, |queue| queue.give(head, used_bytes));
}

/// Answers a chain with a status, and all of it used.
fn answer(fake: &Fake, chain: &Chain, status: u8) {
    let all = chain.writable_bytes();
    chain.write(all - 1, &[status]);
    give_back(fake, chain.head.into(), all);
}

fn outcome(device: &mut Device, loan: Loan) -> Option<Result<(), Error>> {
    device.outcome(loan).ok().map(|(_, outcome)| outcome)
}

#[test]
fn a_device_is_started_with_what_it_has_said() {
    let (fake, device) = disk(0);
    assert_eq!(fake.state().status, 0b1111, "acknowledged, driven, features and driver ready");
    let expected = Geometry { sectors: 1000, sector_bytes: 512, request_bytes_most: 1 << 30, is_read_only: false };
    assert_eq!(device.disk().geometry, expected);
    let (_, device) = disk(BLOCK_SIZE | SEGMENT_SIZE | READ_ONLY);
    let expected = Geometry { sectors: 125, sector_bytes: 4096, request_bytes_most: 4096, is_read_only: true };
    assert_eq!(device.disk().geometry, expected);
}

#[test]
fn a_device_that_makes_no_sense_is_refused() {
    let good = [1000, 0, 4096, 0, 0, 512];
    let legacy = fake(0, 256, &good);
    legacy.change().offered = 0;
    assert_eq!(start(&legacy).err(), Some(Refusal::Legacy));
    assert_eq!(refused(0, 63, &good), Refusal::Queue);
    assert_eq!(refused(0, 0, &good), Refusal::Queue);
    for sector_bytes in [0, 256, 513, 1000, 1 << 21, u32::MAX] {
        let config = [1000, 0, 4096, 0, 0, sector_bytes];
        assert_eq!(refused(BLOCK_SIZE, 256, &config), Refusal::Configuration, "sectors of {sector_bytes}");
    }
    for segment_bytes in [0, 511] {
        let config = [1000, 0, segment_bytes, 0, 0, 512];
        assert_eq!(refused(SEGMENT_SIZE, 256, &config), Refusal::Configuration);
    }
}

#[test]
fn a_read_brings_the_data_and_nothing_else_is_touched() {
    let (fake, mut device) = disk(BLOCK_SIZE);
    let ticket = match device.submit(Operation::Read, 3, memory(3 * 4096), 4096, 4096) {
        Submission::InFlight(ticket) => ticket,
        _ => panic!("there is room"),
    };
    let chain = next(&fake).expect("it was made available");
    assert_eq!((header(&chain), chain.pieces()), ((0, 24), std::vec![4096, 1]));
    assert!(!device.poll());
    let ticket = device.outcome(ticket).err().expect("it is in flight");
    chain.write(0, &[7; 4096]);
    answer(&fake, &chain, 0);
    assert!(device.poll());
    let (data, outcome) = device.outcome(ticket).ok().expect("it is over");
    assert_eq!(outcome, Ok(()));
    let (before, rest) = bytes(data).split_at(4096);
    let (data, after) = rest.split_at(4096);
    assert!(data.iter().all(|byte| *byte == 7) && [before, after].concat().iter().all(|byte| *byte == 0xaa));
}

#[test]
fn a_write_hands_the_data_over_in_one_request_whatever_its_length() {
    let (fake, mut device) = disk(0);
    let ticket = submit(&mut device, Operation::Write, 500, filled(500 * 512, 9)).expect("there is room");
    let chain = next(&fake).expect("it was made available");
    assert_eq!((header(&chain), chain.pieces()), ((1, 500), std::vec![1]));
    assert!(chain.readable.len() == 16 + 500 * 512 && chain.readable[16..].iter().all(|byte| *byte == 9));
    // What devices call the length of a write is not the same everywhere.
    chain.write(0, &[0]);
    give_back(&fake, chain.head.into(), 500 * 512);
    device.poll();
    assert_eq!(outcome(&mut device, ticket), Some(Ok(())));
}

#[test]
fn a_flush_is_a_request_where_the_device_has_it_and_done_where_it_has_nothing_to_flush() {
    let (fake, mut device) = disk(FLUSH);
    let ticket = submit(&mut device, Operation::Flush, 0, Memory::none()).expect("there is room");
    let chain = next(&fake).expect("it was made available");
    assert_eq!((header(&chain), chain.readable.len(), chain.pieces()), ((4, 0), 16, std::vec![1]));
    let ticket = device.outcome(ticket).err().expect("not acknowledged yet");
    answer(&fake, &chain, 0);
    device.poll();
    assert_eq!(outcome(&mut device, ticket), Some(Ok(())));

    let (fake, mut device) = disk(0);
    assert_eq!(over(hand_in(&mut device, Operation::Flush, 0, Memory::none())), Ok(()));
    assert!(next(&fake).is_none());
}

#[test]
fn many_are_in_flight_and_come_back_in_any_order() {
    let (fake, mut device) = disk(0);
    const { assert!(DEPTH >= 16) };
    for round in 0..3000 {
        let mut tickets: Vec<Loan> = Vec::new();
        let pieces = std::vec![0xaa; 512 * DEPTH].leak().chunks_exact_mut(512);
        for (index, piece) in pieces.enumerate() {
            let ticket = submit(&mut device, Operation::Read, index as u64, piece.into_memory());
            tickets.push(ticket.expect("there is room"));
        }
        assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_none(), "one more than can be");
        let mut chains: Vec<Chain> = core::iter::from_fn(|| next(&fake)).collect();
        assert_eq!(chains.len(), DEPTH);
        chains.rotate_left(round % DEPTH);
        for chain in &chains {
            chain.write(0, &[header(chain).1 as u8; 512]);
            // Every third one fails.
            answer(&fake, chain, u8::from(header(chain).1.is_multiple_of(3)));
        }
        device.poll();
        for (index, ticket) in tickets.into_iter().enumerate() {
            let expected = if index.is_multiple_of(3) { Err(Error::Io) } else { Ok(()) };
            let (data, outcome) = device.outcome(ticket).ok().expect("it is over");
            assert_eq!(outcome, expected);
            let data = bytes(data);
            assert!(data.iter().all(|byte| *byte == index as u8), "sector {index} of round {round}");
        }
    }
}

#[test]
fn the_device_is_notified_unless_it_does_not_want_to_be() {
    let (fake, mut device) = disk(0);
    for (wants, notified) in [(true, 1), (false, 1), (true, 2)] {
        fake.queue(0, |queue| queue.set_quiet(!wants));
        assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_some());
        assert_eq!(fake.state().notified[0], notified);
    }
}

/// Lets `lie` answer one of two reads; the device must be reset, both must have failed, and so must everything later.
fn lies(lie: impl FnOnce(&Fake, &Chain, &Chain)) {
    let (fake, mut device) = disk(FLUSH);
    let first = submit(&mut device, Operation::Read, 0, memory(512)).expect("there is room");
    let second = submit(&mut device, Operation::Read, 1, memory(1024)).expect("there is room");
    let chains = [next(&fake), next(&fake)].map(|chain| chain.expect("it was made available"));
    lie(&fake, &chains[0], &chains[1]);
    device.poll();
    assert_eq!(fake.state().status, 0, "it was reset");
    assert_eq!(outcome(&mut device, second), Some(Err(Error::Device)));
    let first = outcome(&mut device, first).expect("it is not in flight any more");
    assert!(matches!(first, Ok(()) | Err(Error::Device)), "{first:?}");
    for operation in [Operation::Read, Operation::Write, Operation::Flush] {
        assert_eq!(over(hand_in(&mut device, operation, 0, memory(512))), Err(Error::Device));
    }
    assert!(next(&fake).is_none(), "nothing is made available to it any more");
}

#[test]
fn a_head_beyond_the_queue_is_a_lie() {
    for head in [64, 65, 255, 0xffff, 0xffff_ffff] {
        lies(|fake, _, _| give_back(fake, head, 513));
    }
}

#[test]
fn a_head_that_is_not_in_flight_is_a_lie() {
    lies(|fake, first, second| {
        let other = first.head.max(second.head) + 3;
        give_back(fake, other.into(), 513);
    });
}

#[test]
fn a_head_inside_of_a_chain_is_a_lie() {
    lies(|fake, first, _| {
        first.write(512, &[0]); // all else is as it should be
        give_back(fake, u32::from(first.head) + 1, 513);
    });
}

#[test]
fn a_head_returned_twice_is_a_lie() {
    lies(|fake, first, _| {
        answer(fake, first, 0);
        give_back(fake, first.head.into(), 513);
    });
}

#[test]
fn a_length_beyond_the_buffer_is_a_lie() {
    for used_bytes in [514, 1025, u32::MAX] {
        lies(|fake, first, _| {
            first.write(512, &[0]);
            give_back(fake, first.head.into(), used_bytes);
        });
    }
}

#[test]
fn a_status_that_was_never_written_is_a_lie() {
    lies(|fake, first, _| give_back(fake, first.head.into(), 513));
}

#[test]
fn more_entries_than_there_were_requests_are_a_lie() {
    lies(|fake, first, _| {
        answer(fake, first, 0);
        for _ in 0..1000 {
            give_back(fake, first.head.into(), 513);
        }
    });
}

#[test]
fn a_read_that_did_not_bring_everything_has_failed() {
    for (used_bytes, expected) in [(513, Ok(())), (512, Ok(())), (511, Err(Error::Io)), (0, Err(Error::Io))] {
        let (fake, mut device) = disk(0);
        let ticket = submit(&mut device, Operation::Read, 0, memory(512)).expect("there is room");
        let chain = next(&fake).expect("it was made available");
        chain.write(512, &[0]);
        give_back(&fake, chain.head.into(), used_bytes);
        device.poll();
        assert_eq!(outcome(&mut device, ticket), Some(expected), "{used_bytes} bytes");
    }
}

#[test]
fn every_status_but_the_one_is_a_failure() {
    for status in 1..0xff {
        let (fake, mut device) = disk(0);
        let ticket = submit(&mut device, Operation::Write, 0, memory(512)).expect("there is room");
        let chain = next(&fake).expect("it was made available");
        answer(&fake, &chain, status);
        device.poll();
        assert_eq!(outcome(&mut device, ticket), Some(Err(Error::Io)), "status {status}");
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
    // Each has ten exchanges.
    for _ in 0..crate::test_cases::cases() / 10 {
        let (fake, mut device) = disk(FLUSH);
        let mut tickets = Vec::new();
        for _ in 0..10 {
            let operation = [Operation::Read, Operation::Write, Operation::Flush][random() as usize % 3];
            if let Submission::InFlight(ticket) =
                hand_in(&mut device, operation, random() % 1000, std::vec![0xaa; 512].into_memory())
            {
                tickets.push(ticket);
            }
            if let Some(chain) = next(&fake)
                && !random().is_multiple_of(4)
            {
                chain.write(chain.writable_bytes() - 1, &[random() as u8 & 1]);
            }
            if random().is_multiple_of(2) {
                give_back(&fake, random() as u32 % 30, random() as u32 % 1000);
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
    let (fake, mut device) = disk(0);
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let ticket = submit(&mut device, Operation::Read, 0, memory(512)).expect("there is room");
    assert!(device.wake_later(Some(&ticket), Waker::from(count.clone())).is_none());
    let earlier = device.wake_later(Some(&ticket), Waker::from(count.clone()));
    assert!(earlier.is_some(), "the caller drops or wakes him");
    device.poll();
    assert!(device.next_waker().is_none());
    let chain = next(&fake).expect("it was made available");
    answer(&fake, &chain, 0);
    device.poll();
    while let Some(waker) = device.next_waker() {
        waker.wake();
    }
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
}

/// As many requests as can be in flight.
fn all(fake: &Fake, device: &mut Device) -> (Vec<Loan>, Vec<Chain>) {
    let tickets = core::iter::from_fn(|| submit(device, Operation::Read, 0, memory(512))).collect();
    (tickets, core::iter::from_fn(|| next(fake)).collect())
}

#[test]
fn who_waits_for_room_is_woken_when_there_is_some() {
    let (fake, mut device) = disk(0);
    let (_, chains) = all(&fake, &mut device);
    let count = Arc::new(Count(AtomicUsize::new(0)));
    assert!(device.wake_later(None, Waker::from(count.clone())).is_none());
    device.poll();
    assert!(device.next_waker().is_none());
    answer(&fake, &chains[0], 0);
    device.poll();
    device.next_waker().expect("there is room").wake();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
}

#[test]
fn successes_that_nobody_asks_for_make_room_and_are_not_forgotten() {
    let (fake, mut device) = disk(0);
    let (mut tickets, mut chains) = all(&fake, &mut device);
    for _ in 0..3 {
        for chain in &chains {
            answer(&fake, chain, 0);
        }
        device.poll();
        let (more, later) = all(&fake, &mut device);
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
    let (fake, mut device) = disk(0);
    let (mut tickets, chains) = all(&fake, &mut device);
    let (last, failing) = chains.split_last().expect("there are some");
    for chain in failing {
        answer(&fake, chain, 1);
    }
    device.poll();
    let refused = hand_in(&mut device, Operation::Read, 0, memory(512));
    assert!(matches!(refused, Submission::Full(_)), "one is in flight");
    answer(&fake, last, 1);
    device.poll();
    assert_eq!(over(hand_in(&mut device, Operation::Read, 0, memory(512))), Err(Error::Io));
    assert_eq!(outcome(&mut device, tickets.pop().expect("there are some")), Some(Err(Error::Io)));
    assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_some());
    for ticket in tickets {
        assert_eq!(outcome(&mut device, ticket), Some(Err(Error::Io)));
    }
}

#[test]
fn a_place_is_taken_only_after_those_who_waited_for_it_were_told() {
    let (fake, mut device) = disk(0);
    let (tickets, chains) = all(&fake, &mut device);
    let count = Arc::new(Count(AtomicUsize::new(0)));
    assert!(device.wake_later(Some(&tickets[5]), Waker::from(count.clone())).is_none());
    answer(&fake, &chains[5], 0);
    device.poll();
    assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_none());
    device.next_waker().expect("it is over").wake();
    assert!(submit(&mut device, Operation::Read, 0, memory(512)).is_some());
    let late = device.wake_later(Some(&tickets[5]), Waker::from(count));
    assert!(late.is_some(), "its place is another's: he is to be woken at once");
}
