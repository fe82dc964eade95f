//! The memory of a request is nobody's until the device has finished with it, whatever its owner does.

extern crate std;

use super::super::super::Transport;
use super::super::super::dma::sealed::Buffer as _;
use super::super::super::dma::{Memory, Pool, PoolBuffer, lend};
use super::super::super::fake::{Chain, Fake};
use super::{Direction, Finished, Format, HEADER_BYTES, Loan, Requests};
use std::boxed::Box;
use std::vec::Vec;

const HEADER: [u8; HEADER_BYTES] = [7; HEADER_BYTES];
/// Requests that can be in flight.
const COUNT: usize = 5;

fn started() -> (Requests<COUNT>, Fake) {
    let fake = Fake::new(0, 256, &[]);
    let mut transport: Transport = fake.transport();
    transport.negotiate(0).expect("it is a good device");
    let memory = Box::leak(Box::<super::Shared<COUNT, 16>>::new_uninit());
    (
        Requests::start(transport, Format::with_status(0, 16), memory).unwrap_or_else(|refused| panic!("{refused:?}")),
        fake,
    )
}

/// A pool that tells whether its one buffer is back.
fn pool() -> &'static Pool<1, 512> {
    Box::leak(Box::new(Pool::new()))
}

fn buffer(pool: &'static Pool<1, 512>) -> Memory {
    pool.take().expect("it is the only one").into_memory()
}

fn is_back(pool: &'static Pool<1, 512>) -> bool {
    pool.take().is_some()
}

/// Hands a read of the whole memory in.
fn read(requests: &mut Requests<COUNT>, slot: usize, memory: Memory) -> Loan {
    let bytes = memory.length() as u32;
    let loan = requests.submit(slot, HEADER, memory, 0, bytes, Direction::FromDevice).ok().expect("there is room");
    requests.publish();
    loan
}

/// The device finishes a request.
fn finish(fake: &Fake, chain: &Chain) {
    chain.write(chain.writable_bytes() - 1, &[0]);
    fake.queue(0, |queue| queue.give(chain.head.into(), chain.writable_bytes()));
}

fn take(requests: &mut Requests<COUNT>) -> Option<Finished> {
    requests.take(&mut |_, _| false).unwrap_or_else(|_| panic!("the device keeps to the rules"))
}

#[test]
fn a_request_is_a_header_data_and_a_status() {
    let (mut requests, fake) = started();
    let memory: Vec<u8> = (0..100).collect();
    let loan = requests.submit(3, HEADER, memory.into_memory(), 10, 20, Direction::ToDevice).ok().expect("it fits");
    assert!(fake.next(0).is_none(), "it is not published");
    requests.publish();
    let chain = fake.next(0).expect("it is");
    assert_eq!(chain.readable, [&HEADER[..16], &(10..30).collect::<Vec<u8>>()].concat());
    assert_eq!(chain.pieces(), [1]);
    finish(&fake, &chain);
    assert!(matches!(take(&mut requests), Some(Finished { slot: 3, status: 0, written_bytes: 1 })));
    assert!(requests.finish(loan).is_ok_and(|memory| memory.length() == 100));

    let _read = read(&mut requests, 3, std::vec![0; 100].into_memory());
    assert_eq!(fake.next(0).map(|chain| (chain.readable.len(), chain.pieces())), Some((16, std::vec![100, 1])));
    assert!(requests.submit(4, HEADER, Memory::none(), 0, 0, Direction::ToDevice).is_ok());
    requests.publish();
    assert_eq!(fake.next(0).map(|chain| (chain.readable.len(), chain.pieces())), Some((16, std::vec![1])));
    assert_eq!(fake.state().notified[0], 3);
}

#[test]
fn memory_is_back_when_the_device_has_finished_and_not_before() {
    let (mut requests, fake) = started();
    let loan = read(&mut requests, 0, std::vec![0; 512].into_memory());
    let loan = requests.finish(loan).err().expect("it is in flight");
    let chain = fake.next(0).expect("it was published");
    finish(&fake, &chain);
    let loan = requests.finish(loan).err().expect("nobody has looked");
    assert!(take(&mut requests).is_some() && take(&mut requests).is_none());
    assert!(requests.finish(loan).is_ok());
}

#[test]
fn what_is_abandoned_is_dropped_when_the_device_has_finished_and_not_before() {
    let (mut requests, fake) = started();
    let pool = pool();
    let loan = read(&mut requests, 2, buffer(pool));
    requests.abandon(loan);
    assert!(!is_back(pool));
    let chain = fake.next(0).expect("it was published");
    finish(&fake, &chain);
    assert!(!is_back(pool));
    assert!(take(&mut requests).is_some());
    assert!(is_back(pool));
    // Nothing is dropped twice.
    let loan = read(&mut requests, 2, buffer(pool));
    let chain = fake.next(0).expect("it was published");
    finish(&fake, &chain);
    assert!(take(&mut requests).is_some() && !is_back(pool));
    requests.abandon(loan);
    assert!(is_back(pool));
}

#[test]
fn what_is_dropped_or_forgotten_stays_with_the_device_for_ever() {
    let (mut requests, fake) = started();
    let pools = [pool(), pool()];
    // To drop a loan is to forget it: it has nothing that runs at its end.
    const { assert!(!core::mem::needs_drop::<Loan>()) };
    let _ = read(&mut requests, 0, buffer(pools[0]));
    let _ = read(&mut requests, 1, buffer(pools[1]));
    for _ in 0..2 {
        finish(&fake, &fake.next(0).expect("it was published"));
        assert!(take(&mut requests).is_some());
    }
    assert!(!is_back(pools[0]) && !is_back(pools[1]));
}

#[test]
fn a_queue_that_is_dropped_does_not_give_back_what_the_device_has() {
    let (mut requests, _fake) = started();
    let pool = pool();
    let loan = read(&mut requests, 0, buffer(pool));
    requests.abandon(loan);
    drop(requests);
    assert!(!is_back(pool));
}

#[test]
fn a_device_that_is_stopped_has_nothing_any_more() {
    let (mut requests, fake) = started();
    let pools = [pool(), pool()];
    let abandoned = read(&mut requests, 0, buffer(pools[0]));
    requests.abandon(abandoned);
    let loan = read(&mut requests, 1, buffer(pools[1]));
    requests.stop();
    assert!(fake.state().is_stopped && is_back(pools[0]) && !is_back(pools[1]));
    drop(requests.finish(loan).ok());
    assert!(is_back(pools[1]));
}

#[test]
fn a_loan_of_another_queue_is_not_finished_here() {
    let (mut requests, _) = started();
    let (mut others, fake) = started();
    let loan = read(&mut others, 0, std::vec![0; 512].into_memory());
    let loan = requests.finish(loan).err().expect("it is another queue's");
    let pool = pool();
    let abandoned = read(&mut others, 1, buffer(pool));
    requests.abandon(abandoned);
    assert!(!is_back(pool));
    finish(&fake, &fake.next(0).expect("it was published"));
    assert!(take(&mut others).is_some());
    assert!(others.finish(loan).is_ok());
}

#[test]
fn a_slot_that_is_used_again_tells_its_loans_apart() {
    let (mut requests, fake) = started();
    let first = read(&mut requests, 0, std::vec![1; 512].into_memory());
    finish(&fake, &fake.next(0).expect("it was published"));
    assert!(take(&mut requests).is_some());
    let second = read(&mut requests, 0, std::vec![2; 100].into_memory());
    assert!(first.generation() != second.generation() && requests.generation(0) == second.generation());
    assert!(requests.finish(first).is_ok_and(|memory| memory.length() == 512));
    assert!(requests.finish(second).is_err());
}

#[test]
fn no_device_gets_more_than_there_is_or_what_it_must_not_write() {
    let (mut requests, fake) = started();
    for (offset, bytes) in [(0, 101), (100, 1), (101, 0), (50, 51), (usize::MAX, 1)] {
        let memory = std::vec![0; 100].into_memory();
        let refused = requests.submit(0, HEADER, memory, offset, bytes, Direction::ToDevice);
        assert!(refused.is_err_and(|memory| memory.length() == 100), "{bytes} from {offset} on");
    }
    assert!(requests.submit(0, HEADER, b"static".into_memory(), 0, 6, Direction::FromDevice).is_err());
    lend(b"borrowed", |memory| match requests.submit(0, HEADER, memory, 0, 8, Direction::FromDevice) {
        Err(memory) => (memory, ()),
        Ok(_) => panic!("it is not to be written"),
    });
    for slot in [COUNT, usize::MAX / 3] {
        assert!(requests.submit(slot, HEADER, Memory::none(), 0, 0, Direction::ToDevice).is_err());
    }
    let loan = read(&mut requests, 0, std::vec![0; 100].into_memory());
    assert!(requests.submit(0, HEADER, Memory::none(), 0, 0, Direction::ToDevice).is_err(), "it is in use");
    assert!(fake.next(0).is_some() && fake.next(0).is_none());
    let _ = loan;
}

/// Requests in any order, finished in any order, with owners that wait, abandon or forget.
#[test]
fn every_buffer_is_back_once_and_only_when_it_may_be() {
    let mut random = fastrand::Rng::with_seed(23);
    let (mut requests, fake) = started();
    let pools: [_; COUNT] = core::array::from_fn(|_| pool());
    let mut loans: [Option<Loan>; COUNT] = [const { None }; COUNT];
    let mut chains: Vec<Chain> = Vec::new();
    for _ in 0..20_000 {
        let slot = random.usize(..COUNT);
        let is_in_flight = chains.iter().any(|chain| usize::from(chain.head) == 3 * slot);
        match random.u8(..4) {
            0 if loans[slot].is_none() => {
                let Some(buffer) = pools[slot].take() else {
                    assert!(is_in_flight, "an abandoned buffer is back");
                    continue;
                };
                assert!(!is_in_flight, "the device has it");
                loans[slot] = Some(read(&mut requests, slot, buffer.into_memory()));
                chains.push(fake.next(0).expect("it was published"));
            }
            1 if !chains.is_empty() => {
                finish(&fake, &chains.swap_remove(random.usize(..chains.len())));
                assert!(take(&mut requests).is_some());
            }
            2 => {
                if let Some(loan) = loans[slot].take() {
                    match requests.finish(loan) {
                        Ok(memory) => {
                            assert!(!is_in_flight);
                            drop(PoolBuffer::from_memory(memory).expect("it was one"));
                        }
                        Err(loan) => {
                            assert!(is_in_flight);
                            loans[slot] = Some(loan);
                        }
                    }
                }
            }
            _ => {
                if let Some(loan) = loans[slot].take() {
                    requests.abandon(loan);
                }
            }
        }
    }
}
