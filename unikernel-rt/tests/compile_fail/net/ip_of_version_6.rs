#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(ip = "fd00::2/64"))]
fn main(_net: Net) {}
