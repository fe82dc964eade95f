#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(heap(size = "1MiB", size = "2MiB"))]
fn main() {}
