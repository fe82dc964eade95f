#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(kv(dir = "sight"))]
fn main(kv: Kv) {}
