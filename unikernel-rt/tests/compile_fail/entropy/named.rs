#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(entropy(name = "dice"))]
fn main(_dice: Entropy) {}
