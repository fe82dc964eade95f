//! Awaits many requests on a disk at once, more than can be in flight, drops some of them, and lets another task run meanwhile.
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering};
use embassy_futures::join::join_array;
use embassy_futures::select::{Either, select};
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

static OTHERS: AtomicU32 = AtomicU32::new(0);

#[unikernel(console, block)]
async fn main(spawner: Spawner, block: Block) -> Result<(), BlockError> {
    if let Ok(token) = other(block) {
        spawner.spawn(token);
    }
    let mut number = 0;
    let writes = SECTORS.each_ref().map(|sector| {
        number += 1;
        block.write(number - 1, sector)
    });
    for outcome in join_array(writes).await {
        outcome?;
    }
    block.flush().await?;

    let mut read = [[0; 512]; AT_ONCE];
    let mut number = 0;
    let reads = read.each_mut().map(|sector| {
        number += 1;
        block.read(number - 1, sector)
    });
    for outcome in join_array(reads).await {
        outcome?;
    }
    println!(
        "{AT_ONCE} awaited at once: {} wrong",
        read.iter().zip(&SECTORS).filter(|(read, sector)| read != sector).count()
    );

    // Whichever is first, the other one is dropped while the device may have its memory.
    let [first, second, ..] = &mut read;
    match select(block.read(0, first), block.read(100, second)).await {
        Either::First(outcome) | Either::Second(outcome) => outcome?,
    }
    let mut memory = [0; 512];
    drop(block.read(0, &mut memory));
    println!("dropped: {}", memory == [1; 512]);
    println!("the other task: {}", OTHERS.load(Ordering::Relaxed) != 0);
    Ok(())
}

#[task]
async fn other(block: Block) {
    let mut memory = [0; 512];
    while block.read(0, &mut memory).await.is_ok() {
        OTHERS.fetch_add(1, Ordering::Relaxed);
    }
}
