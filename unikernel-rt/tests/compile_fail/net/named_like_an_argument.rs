#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(name = "lan", dhcp), args(lan = 3))]
fn main(_lan: Net) {}
