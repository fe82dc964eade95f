//! Answers pings over IPv4 and IPv6, with large packets where the card has them.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, net(ip = "10.0.0.2", ip6 = "fd00:1::2/64", mtu = 9000, rx_buffers = 64))]
fn main(net: Net) {
    println!("{:?} {:?}", net.address(), net.address6());
    net.run()
}
