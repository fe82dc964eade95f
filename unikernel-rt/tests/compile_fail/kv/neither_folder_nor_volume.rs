#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(kv)]
fn main(kv: Kv) {}
