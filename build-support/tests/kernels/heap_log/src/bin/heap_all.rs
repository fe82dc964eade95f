//! Allocates all free memory in one way or another, and finds it whole: `how=fill` block by block, `how=largest` in one piece,
//! `how=churn` in pieces that come and go, `how=exhaust` until the allocator gives up.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "most of the memory is never written")]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;
use unikernel_rt::prelude::*;

const MIB: usize = 1 << 20;
/// Addresses by which the runtime looks at other memory.
const WINDOWS: Range<usize> = 1018 * MIB..1024 * MIB;

#[unikernel(console, heap, args(how = "fill", size = 4096))]
fn main(how: &str, size: usize) -> Result<(), String> {
    match how {
        "fill" => fill(size),
        "largest" => largest(),
        "churn" => churn(),
        "exhaust" => exhaust(size),
        _ => Err("how?".to_string()),
    }
}

/// Takes blocks until there are none, marks both ends of each, and finds the marks.
fn fill(block: usize) -> Result<(), String> {
    let words = block / 8;
    let mut blocks: Vec<Vec<u64>> = Vec::new();
    let mut bytes = 0;
    loop {
        let mut memory = Vec::new();
        if blocks.try_reserve(1).is_err() || memory.try_reserve_exact(words).is_err() {
            break;
        }
        memory.spare_capacity_mut()[0].write(!(blocks.len() as u64));
        memory.spare_capacity_mut()[words - 1].write(blocks.len() as u64);
        let addresses = memory.as_ptr() as usize..memory.as_ptr() as usize + block;
        if addresses.start < WINDOWS.end && addresses.end > WINDOWS.start {
            return Err("a block has addresses of the windows".to_string());
        }
        bytes += block;
        blocks.push(memory);
    }
    for (index, memory) in blocks.iter_mut().enumerate() {
        let ends = memory.spare_capacity_mut();
        // SAFETY: both were written above.
        let ends = unsafe { (ends[0].assume_init(), ends[words - 1].assume_init()) };
        let index = index as u64;
        if words > 1 && ends != (!index, index) {
            return Err("a block was overwritten".to_string());
        }
    }
    println!("allocated {} KiB", bytes / 1024);
    blocks.clear();
    Ok(())
}

/// Finds the largest block to the nearest MiB, and touches it in each GiB.
fn largest() -> Result<(), String> {
    let mut size = 0;
    for step in (0..17).rev().map(|bit| MIB << bit) {
        if Vec::<u8>::new().try_reserve_exact(size + step).is_ok() {
            size += step;
        }
    }
    let mut memory = Vec::<u8>::new();
    memory.try_reserve_exact(size).map_err(|error| error.to_string())?;
    for at in (0..size).step_by(1024 * MIB).chain([size - 1]) {
        memory.spare_capacity_mut()[at].write(at.leading_zeros() as u8);
    }
    for at in (0..size).step_by(1024 * MIB).chain([size - 1]) {
        // SAFETY: it was written above.
        if unsafe { memory.spare_capacity_mut()[at].assume_init() } != at.leading_zeros() as u8 {
            return Err("the block was overwritten".to_string());
        }
    }
    println!("largest {} MiB", size / MIB);
    Ok(())
}

/// Lets pieces of many sizes come and go, twenty times as many bytes as a small machine has.
fn churn() -> Result<(), String> {
    let mut pieces = BTreeMap::new();
    let mut random = 1_u32;
    for round in 0..20_000_u32 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (key, length) = (random >> 25, (random >> 8) as usize % 3000);
        let mut text = String::new();
        while text.len() < length {
            text.push_str(&round.to_string());
        }
        if let Some((round, text)) = pieces.insert(key, (round, text)) {
            let round: String = u32::to_string(&round);
            if text.as_bytes().chunks(round.len()).any(|piece| piece != round.as_bytes()) {
                return Err("a piece was overwritten".to_string());
            }
        }
    }
    println!("churned {}", pieces.len());
    Ok(())
}

/// Allocates as programs do, without looking.
fn exhaust(block: usize) -> ! {
    let mut blocks = Vec::new();
    loop {
        blocks.push(Vec::<u8>::with_capacity(block));
    }
}
