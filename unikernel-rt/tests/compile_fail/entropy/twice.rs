#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(entropy, entropy)]
fn main(_entropy: Entropy) {}
