#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(kv(fat))]
fn main(kv: Kv) {}
