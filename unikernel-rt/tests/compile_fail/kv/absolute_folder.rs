#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(kv(dir = "/etc"))]
fn main(kv: Kv) {}
