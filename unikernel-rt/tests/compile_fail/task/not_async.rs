#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[task]
fn blink() {}

#[unikernel]
fn main() {}
