#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(ip = "10.0.0.2/24", gateway = "10.0.0.1/24"))]
fn main(_net: Net) {}
