#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(block)]
fn main(block: Block) {
    let mut sector = [0; 512];
    core::mem::forget(block.read_owned(0, &mut sector));
}
