#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(heap)]
fn main(heap: u8) {
    let _ = heap;
}
