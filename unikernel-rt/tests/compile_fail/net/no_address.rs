#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(ip = "10.0.0.256"))]
fn main(_net: Net) {}
