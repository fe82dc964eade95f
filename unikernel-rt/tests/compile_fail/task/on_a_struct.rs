#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[task]
struct Blink;

#[unikernel]
fn main() {}
