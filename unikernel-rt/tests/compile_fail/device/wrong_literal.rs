#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(heap(size = 5.5))]
fn main() {}
