#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(heap(sise = "1MiB"))]
fn main() {}
