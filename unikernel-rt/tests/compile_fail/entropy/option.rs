#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(entropy(source = "rdrand"))]
fn main(_entropy: Entropy) {}
