#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(name = "data", dhcp), block(name = "data"))]
fn main(_data: Net) {}
