#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(receive_buffer = 100))]
fn main(_net: Net) {}
