#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(kv(dir = "src", fat))]
fn main(kv: Kv) {}
