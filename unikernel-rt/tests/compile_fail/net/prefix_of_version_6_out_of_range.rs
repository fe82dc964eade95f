#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(ip6 = "fd00::2/129"))]
fn main(_net: Net) {}
