//! Reads and writes a disk in every size, one request at a time and sixteen at once; or, where told, in one way alone.
//!
//! Sixteen at once are begun together and waited for together. The program for Linux in `build-support/bench/src/bin/bench/linux/tool.c` does the same.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

const MOST_BYTES: usize = 1 << 20;
const MOST_AT_ONCE: usize = 16;
/// Sizes of requests, and how many are made of each.
const SIZES: [(usize, u64); 4] = [(512, 4096), (4096, 4096), (64 << 10, 2048), (1 << 20, 256)];

#[unsafe(link_section = ".uninitialised")]
static mut BUFFERS: [u8; MOST_BYTES * MOST_AT_ONCE] = [0; MOST_BYTES * MOST_AT_ONCE];

#[unikernel(console, block, clock, args(bytes = 0, depth = 1, count = 0, write = false, times = 1))]
fn main(
    block: Block,
    clock: Clock,
    bytes: usize,
    depth: usize,
    count: u64,
    write: bool,
    times: u64,
) -> Result<(), BlockError> {
    let buffers = &raw mut BUFFERS;
    // SAFETY: `main` runs once, nobody else knows these buffers, and any bytes are bytes.
    let buffers = unsafe { &mut *buffers };
    if bytes != 0 {
        return transfer(block, buffers, bytes, depth, count, write);
    }
    for (bytes, count) in SIZES {
        for depth in [1, MOST_AT_ONCE] {
            for write in [false, true] {
                let began = clock.now();
                transfer(block, buffers, bytes, depth, count * times, write)?;
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

fn transfer(
    block: Block,
    buffers: &mut [u8],
    bytes: usize,
    depth: usize,
    count: u64,
    write: bool,
) -> Result<(), BlockError> {
    let sectors = bytes as u64 / 512;
    let places = block.sectors() / sectors;
    let mut next = 0;
    let mut sector = || {
        next += 1;
        (next - 1) % places * sectors
    };
    if depth == 1 {
        for _ in 0..count {
            let buffer = &mut buffers[..bytes];
            if write { block.write(sector(), buffer).wait()? } else { block.read(sector(), buffer).wait()? }
        }
        return Ok(());
    }
    for _ in 0..count / MOST_AT_ONCE as u64 {
        let mut each = buffers.chunks_exact_mut(MOST_BYTES);
        let under_way: [_; MOST_AT_ONCE] = core::array::from_fn(|_| {
            let buffer = &mut each.next().unwrap_or_default()[..bytes];
            if write { block.write(sector(), buffer) } else { block.read(sector(), buffer) }
        });
        for transfer in under_way {
            transfer.wait()?;
        }
    }
    Ok(())
}
