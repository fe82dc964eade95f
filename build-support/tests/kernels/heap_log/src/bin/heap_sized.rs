//! Allocates all of a heap of a declared size, gives it back, and then asks for one byte more than there is.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use unikernel_rt::prelude::*;

const HEAP_BYTES: usize = 1 << 20;

#[unikernel(console, heap(size = "1MiB"))]
fn main() {
    for _ in 0..3 {
        let mut blocks = Vec::new();
        while let Ok(block) = allocate(4096) {
            blocks.push(block);
        }
        println!("{} blocks of 4096 bytes", blocks.len());
    }
    // A 32nd may be lost to the grain of the size classes.
    match allocate(HEAP_BYTES - HEAP_BYTES / 32 - 4096) {
        Ok(block) => println!("one block of {} bytes", block.capacity()),
        Err(_) => println!("no such block"),
    }
    let block = Vec::<u8>::with_capacity(HEAP_BYTES);
    println!("a block of {} bytes out of {HEAP_BYTES}", block.capacity());
}

fn allocate(bytes: usize) -> Result<Vec<u8>, alloc::collections::TryReserveError> {
    let mut block = Vec::new();
    block.try_reserve_exact(bytes)?;
    Ok(block)
}
