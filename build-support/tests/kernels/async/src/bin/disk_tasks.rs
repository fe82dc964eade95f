//! Awaits many requests on a disk at once, more than can be in flight, drops some of them, and lets another task run meanwhile.
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering};
use embassy_futures::join::join_array;
use embassy_futures::select::{Either, select};
use unikernel_rt::block::{Error, Pool, PoolBuffer};
use unikernel_rt::prelude::*;

/// More than can be in flight.
const AT_ONCE: usize = 24;

/// What is written: each sector is full of its number and one.
static SECTORS: [[u8; 512]; AT_ONCE] = {
    let mut sectors = [[0; 512]; AT_ONCE];
    let mut index = 0;
    while index < AT_ONCE {
        sectors[index] = [index as u8 + 1; 512];
        index += 1;
    }
    sectors
};

static BUFFERS: Pool<AT_ONCE, 512> = Pool::new();

/// A buffer: there are as many as are used at once.
fn buffer() -> PoolBuffer {
    BUFFERS.take().expect("there is a buffer")
}

/// The next buffer that the device gives back.
async fn taken() -> PoolBuffer {
    loop {
        match BUFFERS.take() {
            Some(buffer) => return buffer,
            None => yield_now().await,
        }
    }
}

static OTHERS: AtomicU32 = AtomicU32::new(0);

#[unikernel(console, block)]
async fn main(spawner: Spawner, block: Block) -> Result<(), Error> {
    if let Ok(token) = other(block) {
        spawner.spawn(token);
    }
    let mut number = 0;
    let writes = SECTORS.each_ref().map(|sector| {
        number += 1;
        block.write_owned(number - 1, sector)
    });
    for (outcome, _) in join_array(writes).await {
        outcome?;
    }
    block.flush_async().await?;

    let reads = core::array::from_fn::<_, AT_ONCE, _>(|index| block.read_owned(index as u64, buffer()));
    let mut wrong = 0;
    for ((outcome, read), sector) in join_array(reads).await.into_iter().zip(&SECTORS) {
        outcome?;
        wrong += usize::from(read[..] != *sector);
    }
    println!("{AT_ONCE} awaited at once: {wrong} wrong");

    // Whichever is first, the other one is dropped while the device may have its buffer.
    match select(block.read_owned(0, buffer()), block.read_owned(100, buffer())).await {
        Either::First((outcome, _)) | Either::Second((outcome, _)) => outcome?,
    }
    // The device has the buffer of what is dropped until it has finished with it; then the pool has it again. What is
    // forgotten has it for ever.
    for _ in 0..1000 {
        drop(block.read_owned(0, taken().await));
    }
    core::mem::forget(block.read_owned(0, taken().await));
    let (outcome, read) = block.read_owned(0, taken().await).await;
    outcome?;
    println!("dropped: {}", read[..] == [1; 512]);
    println!("the other task: {}", OTHERS.load(Ordering::Relaxed) != 0);
    Ok(())
}

#[task]
async fn other(block: Block) {
    static SECTOR: Pool<1, 512> = Pool::new();
    let Some(mut sector) = SECTOR.take() else { return };
    loop {
        let outcome;
        (outcome, sector) = block.read_owned(0, sector).await;
        if outcome.is_err() {
            return;
        }
        OTHERS.fetch_add(1, Ordering::Relaxed);
    }
}
