//! Transfers that are awaited, dropped, forgotten, or used again from within a waker.

extern crate std;

use super::super::storage::Storage;
use super::super::{Attached, Block, Error, Pool, PoolBuffer};
use super::Transfer;
use crate::drivers::virtio::Refused;
use crate::drivers::virtio::block::{DEPTH, Device};
use crate::drivers::virtio::dma::Buffer;
use crate::drivers::virtio::fake::{Chain, Fake};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::boxed::Box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Wake;
use std::vec;
use std::vec::Vec;

const SEGMENT_SIZE: u64 = 1 << 1;

/// A disk of 1,000 sectors, which takes 4,096 bytes in a request.
fn disk() -> (Block, Fake) {
    let config = [1000_u32, 0, 4096].map(u32::to_le_bytes).concat();
    let fake = Fake::new(SEGMENT_SIZE, 256, &config);
    let storage: &'static Storage = Box::leak(Box::new(Storage::new()));
    let device = keep(storage, &fake).unwrap_or_else(|refused| panic!("{refused:?}"));
    (Block { device, is_read_only: false }, fake)
}

/// Keeps a device in a storage, as boot does.
fn keep(storage: &'static Storage, fake: &Fake) -> Result<Attached, Refused> {
    storage.start(fake.transport(), |_| None)
}

fn poll<B: Buffer>(transfer: &mut Transfer<B>) -> Poll<(Result<(), Error>, B)> {
    Pin::new(transfer).poll(&mut Context::from_waker(Waker::noop()))
}

/// The device answers the next request, a read where there are bytes.
fn answer(fake: &Fake, bytes: &[u8], status: u8) {
    let chain = fake.next(0).expect("a request");
    answer_chain(fake, &chain, bytes, status);
}

fn answer_chain(fake: &Fake, chain: &Chain, bytes: &[u8], status: u8) {
    chain.write(0, bytes);
    chain.write(chain.writable_bytes() - 1, &[status]);
    fake.queue(0, |queue| queue.give(chain.head.into(), chain.writable_bytes()));
}

/// What the poller does.
fn look(device: Attached) {
    device.with(Device::poll);
    device.wake();
}

#[test]
fn a_transfer_gives_its_buffer_back_with_what_was_read() {
    let (block, fake) = disk();
    let mut transfer = block.read_owned(7, vec![0; 512]);
    assert!(poll(&mut transfer).is_pending());
    answer(&fake, &[9; 512], 0);
    look(block.device);
    assert_eq!(poll(&mut transfer), Poll::Ready((Ok(()), vec![9; 512])));

    let mut transfer = block.write_owned(7, &[5; 512]);
    let chain = fake.next(0).expect("it begins when it is made");
    assert!(chain.readable[16..] == [5; 512]);
    answer_chain(&fake, &chain, &[], 1);
    look(block.device);
    assert_eq!(poll(&mut transfer), Poll::Ready((Err(Error::Io), &[5; 512])));
}

#[test]
fn a_long_transfer_goes_piece_by_piece() {
    let (block, fake) = disk();
    let mut transfer = block.read_owned(0, vec![0; 3 * 4096 - 512].into_boxed_slice());
    for (piece, bytes) in [4096, 4096, 3584].into_iter().enumerate() {
        assert!(poll(&mut transfer).is_pending());
        let chain = fake.next(0).expect("the next piece");
        assert_eq!((chain.readable[8], chain.pieces()[0]), (8 * piece as u8, bytes as u32));
        answer_chain(&fake, &chain, &vec![piece as u8 + 1; bytes], 0);
        look(block.device);
    }
    let Poll::Ready((Ok(()), read)) = poll(&mut transfer) else { panic!("it is over") };
    let expected = [vec![1; 4096], vec![2; 4096], vec![3; 3584]].concat();
    assert!(*read == *expected);
}

#[test]
fn what_is_refused_gives_its_buffer_back_at_once() {
    let (block, fake) = disk();
    assert_eq!(poll(&mut block.read_owned(0, vec![0; 100])), Poll::Ready((Err(Error::Misaligned), vec![0; 100])));
    assert_eq!(poll(&mut block.read_owned(1000, vec![0; 512])), Poll::Ready((Err(Error::OutOfRange), vec![0; 512])));
    assert_eq!(poll(&mut block.read_owned(0, vec![])), Poll::Ready((Ok(()), vec![])));
    let read_only = Block { is_read_only: true, ..block };
    assert_eq!(poll(&mut read_only.write_owned(0, b"short")), Poll::Ready((Err(Error::ReadOnly), b"short")));
    assert!(fake.next(0).is_none());
}

/// Takes the buffer of a pool of one.
fn buffer(pool: &'static Pool<1, 512>) -> PoolBuffer {
    pool.take().expect("it is the only one")
}

#[test]
fn a_buffer_is_back_when_the_device_has_finished_with_a_dropped_transfer() {
    static POOL: Pool<1, 512> = Pool::new();
    let (block, fake) = disk();
    // Dropped before the device has looked, after it has finished, and after the driver has seen that.
    for order in 0..3 {
        let transfer = block.read_owned(0, buffer(&POOL));
        if order == 0 {
            drop(transfer);
            assert!(POOL.take().is_none());
            answer(&fake, &[order; 512], 0);
            look(block.device);
        } else {
            answer(&fake, &[order; 512], order);
            if order == 1 {
                drop(transfer);
                assert!(POOL.take().is_none());
                look(block.device);
            } else {
                look(block.device);
                assert!(POOL.take().is_none(), "the transfer has it");
                drop(transfer);
            }
        }
        assert!(buffer(&POOL).iter().all(|byte| *byte == order), "order {order}");
    }
    // Failures of those whom nobody asks for keep no place.
    for _ in 0..3 * DEPTH {
        drop(block.read_owned(0, buffer(&POOL)));
        answer(&fake, &[], 1);
        look(block.device);
    }
}

#[test]
fn a_transfer_that_waits_for_room_and_is_dropped_does_not_take_place() {
    static POOL: Pool<1, 512> = Pool::new();
    let (block, fake) = disk();
    let transfers: Vec<_> = (0..DEPTH).map(|_| block.read_owned(0, vec![0; 512])).collect();
    let mut waiting = block.read_owned(1, buffer(&POOL));
    assert!(poll(&mut waiting).is_pending());
    drop(waiting);
    drop(buffer(&POOL));
    let chains: Vec<Chain> = std::iter::from_fn(|| fake.next(0)).collect();
    assert!(chains.len() == DEPTH && chains.iter().all(|chain| chain.readable[8] == 0));
    drop(transfers);
}

#[test]
fn a_forgotten_transfer_leaks_its_buffer_and_nothing_else() {
    static POOL: Pool<1, 512> = Pool::new();
    let (block, fake) = disk();
    core::mem::forget(block.read_owned(0, buffer(&POOL)));
    answer(&fake, &[1; 512], 0);
    look(block.device);
    assert!(POOL.take().is_none());
    for round in 0..3 * DEPTH {
        let mut transfer = block.read_owned(0, vec![0; 512]);
        answer(&fake, &[round as u8; 512], 0);
        look(block.device);
        assert_eq!(poll(&mut transfer), Poll::Ready((Ok(()), vec![round as u8; 512])));
    }
}

#[test]
fn a_device_that_breaks_the_rules_gives_every_buffer_back() {
    static POOL: Pool<1, 512> = Pool::new();
    let (block, fake) = disk();
    let mut transfer = block.read_owned(0, vec![0; 512]);
    drop(block.read_owned(0, buffer(&POOL)));
    fake.queue(0, |queue| queue.give(1, 0));
    look(block.device);
    assert!(fake.state().is_stopped);
    assert!(matches!(poll(&mut transfer), Poll::Ready((Err(Error::Device), buffer)) if buffer.len() == 512));
    drop(buffer(&POOL));
}

/// A waker that begins a transfer on the device that wakes it, and drops another one.
struct Busy {
    block: Block,
    woken: AtomicUsize,
    transfer: Mutex<Option<Transfer<Vec<u8>>>>,
}

impl Wake for Busy {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::Relaxed);
        let next = self.block.read_owned(5, vec![0; 512]);
        drop(self.transfer.lock().expect("nobody has panicked").replace(next));
    }
}

#[test]
fn a_waker_may_use_the_device_that_wakes_it() {
    let (block, fake) = disk();
    let busy = Arc::new(Busy { block, woken: AtomicUsize::new(0), transfer: Mutex::new(None) });
    let waker = Waker::from(busy.clone());
    for round in 1..=3 * DEPTH {
        let mut transfer = block.read_owned(0, vec![0; 512]);
        assert!(Pin::new(&mut transfer).poll(&mut Context::from_waker(&waker)).is_pending());
        let chains: Vec<Chain> = std::iter::from_fn(|| fake.next(0)).collect();
        for chain in &chains {
            answer_chain(&fake, chain, &[], 0);
        }
        look(block.device);
        assert_eq!(busy.woken.load(Ordering::Relaxed), round);
        assert!(matches!(poll(&mut transfer), Poll::Ready((Ok(()), _))));
    }
}

#[test]
fn storage_keeps_one_device() {
    let storage: &'static Storage = Box::leak(Box::new(Storage::new()));
    let config = [1000_u32, 0].map(u32::to_le_bytes).concat();
    assert!(keep(storage, &Fake::new(0, 256, &config)).is_ok());
    assert!(keep(storage, &Fake::new(0, 256, &config)).is_err());
}
