#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(block(readonly))]
fn main(_block: Block) {}
