#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, block(read_only = "yes"))]
fn main(block: Block) {
    let _ = block;
}
