#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[task(pool_sise = 4)]
async fn blink() {}

#[unikernel]
fn main() {}
