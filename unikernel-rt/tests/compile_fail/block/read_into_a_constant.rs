#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

static SECTOR: [u8; 512] = [0; 512];

#[unikernel(block)]
fn main(block: Block) {
    let _ = block.read_owned(0, &SECTOR).wait();
}
