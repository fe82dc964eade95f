//! Reads and writes a disk in every size, one request at a time and sixteen at once; or, where told, in one way alone.
//!
//! Sixteen at once are begun together and waited for together. The program for Linux in `build-support/bench/src/bin/bench/linux/tool.c` does the same.
#![no_std]
#![no_main]

use unikernel_rt::block::{self, Pool, PoolBuffer, SECTOR_BYTES};
use unikernel_rt::prelude::*;

const MOST_BYTES: usize = 1 << 20;
const MOST_AT_ONCE: usize = 16;
/// Sizes of requests, and how many are made of each.
const SIZES: [(usize, u64); 4] = [(512, 4096), (4096, 4096), (64 << 10, 2048), (1 << 20, 256)];

static BUFFERS: Pool<MOST_AT_ONCE, MOST_BYTES> = Pool::new();

/// A buffer of so many bytes: there are as many as are used at once.
fn buffer(bytes: usize) -> PoolBuffer {
    let mut buffer = BUFFERS.take().expect("there is a buffer");
    buffer.truncate(bytes);
    buffer
}

#[unikernel(console, block, clock, args(bytes = 0, depth = 1, count = 0, write = false, times = 1))]
fn main(
    block: Block,
    clock: Clock,
    bytes: usize,
    depth: usize,
    count: u64,
    write: bool,
    times: u64,
) -> Result<(), block::Error> {
    if bytes != 0 {
        return transfer(block, bytes, depth, count, write);
    }
    for (bytes, count) in SIZES {
        for depth in [1, MOST_AT_ONCE] {
            for write in [false, true] {
                let began = clock.now();
                transfer(block, bytes, depth, count * times, write)?;
                let taken = clock.now() - began;
                println!(
                    "disk {} {bytes} {depth} {} {}",
                    if write { "write" } else { "read" },
                    count * times,
                    taken.as_nanos()
                );
            }
        }
    }
    println!("disk done");
    Ok(())
}

fn transfer(block: Block, bytes: usize, depth: usize, count: u64, write: bool) -> Result<(), block::Error> {
    let sectors = (bytes / SECTOR_BYTES) as u64;
    let places = block.sectors() / sectors;
    let mut next = 0;
    let mut sector = || {
        next += 1;
        (next - 1) % places * sectors
    };
    if depth == 1 {
        let mut buffer = buffer(bytes);
        for _ in 0..count {
            if write { block.write(sector(), &buffer)? } else { block.read(sector(), &mut buffer)? }
        }
        return Ok(());
    }
    for _ in 0..count / MOST_AT_ONCE as u64 {
        let under_way: [_; MOST_AT_ONCE] = core::array::from_fn(|_| {
            let buffer = buffer(bytes);
            if write { block.write_owned(sector(), buffer) } else { block.read_owned(sector(), buffer) }
        });
        for transfer in under_way {
            transfer.wait().0?;
        }
    }
    Ok(())
}
