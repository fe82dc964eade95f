//! Answers pings: the smallest unikernel with a network.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use unikernel_rt::prelude::*;

#[unikernel(net(ip = "10.0.0.2/24"))]
fn main(net: Net) -> ! {
    net.run()
}
