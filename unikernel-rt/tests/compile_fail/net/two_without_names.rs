#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(ip = "10.0.0.2"), net(ip = "10.1.0.2"))]
fn main(_net: Net) {}
