#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(dhcp, hostname = "web.example.org"))]
fn main(_net: Net) {}
