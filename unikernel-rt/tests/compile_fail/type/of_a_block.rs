#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, block)]
fn main(block: Entropy) {
    let _ = block;
}
