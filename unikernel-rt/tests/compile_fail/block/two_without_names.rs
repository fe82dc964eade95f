#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(block, block)]
fn main(_block: Block) {}
