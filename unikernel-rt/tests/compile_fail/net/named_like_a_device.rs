#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(net(name = "block"))]
fn main(_block: Net) {}
