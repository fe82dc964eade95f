#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(name = "lan", dhcp), net(name = "lan", ip = "10.1.0.2"))]
fn main(_lan: Net) {}
