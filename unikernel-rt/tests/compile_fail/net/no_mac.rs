#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(mac = "52:54:00:00:00"))]
fn main(_net: Net) {}
