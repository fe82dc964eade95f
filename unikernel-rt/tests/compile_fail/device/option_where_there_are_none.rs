#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(clock(baud = 9600))]
fn main() {}
