#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, block, block)]
fn main(block: Block) {
    let _ = block;
}
