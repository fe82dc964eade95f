#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(mtu = 9217))]
fn main(_net: Net) {}
