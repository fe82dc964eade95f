#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(block(read_only, read_only = false))]
fn main(_block: Block) {}
