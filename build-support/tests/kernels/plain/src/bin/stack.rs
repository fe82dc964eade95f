//! Recurses to a depth for which the usual stack is too small, and further where it is told to.
#![no_std]
#![no_main]

use core::hint::black_box;
use unikernel_rt::prelude::*;

#[unikernel(console, stack(size = "300KiB"), args(levels = 128))]
fn main(levels: u32) {
    println!("{}", descend(levels));
}

/// Uses more than a KiB of stack at each level.
#[inline(never)]
fn descend(levels: u32) -> u32 {
    let kib = black_box([1u8; 1024]);
    if levels == 0 { 0 } else { u32::from(black_box(kib)[0]) + descend(levels - 1) }
}
