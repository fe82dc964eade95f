#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(ip = "10.0.0.2", gatewy = "10.0.0.1"))]
fn main(_net: Net) {}
