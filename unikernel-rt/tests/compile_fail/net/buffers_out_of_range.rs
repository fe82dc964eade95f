#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(rx_buffers = 1, tx_buffers = 257, sockets = 0))]
fn main(_net: Net) {}
