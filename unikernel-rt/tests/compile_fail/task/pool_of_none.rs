#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[task(pool_size = 0)]
async fn blink() {}

#[unikernel]
fn main() {}
