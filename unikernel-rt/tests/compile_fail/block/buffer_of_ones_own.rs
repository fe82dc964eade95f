#![no_std]
#![no_main]

use unikernel_rt::block::Buffer;
use unikernel_rt::prelude::*;

struct Mine([u8; 512]);

impl Buffer for Mine {}

#[unikernel(block)]
fn main(block: Block) {
    let _ = block.write_owned(0, Mine([0; 512])).wait();
}
