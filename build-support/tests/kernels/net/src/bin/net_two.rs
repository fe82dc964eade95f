//! Answers pings on two networks, one of them with large packets.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(
    console,
    net(name = "lan", ip = "10.0.0.2", mtu = 9000, rx_buffers = 5, tx_buffers = 3),
    net(name = "wan", ip = "10.1.0.2/16", mac = "52:54:00:00:00:02")
)]
fn main(wan: Net, lan: Net) {
    println!("{:?} {:?}", lan.address(), wan.address());
    println!("{:x?}", wan.mac());
    lan.run()
}
