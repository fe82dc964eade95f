#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(log(level = "inof"))]
fn main() {}
