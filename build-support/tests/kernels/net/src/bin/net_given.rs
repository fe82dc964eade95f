//! Has the address that it is given at boot, and none without.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, net(ip))]
fn main(net: Net) {
    println!("{:?}", net.address());
}
