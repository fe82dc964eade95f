#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(args(a = 1))]
fn main((a, b): (u8, u8)) {
    let _ = (a, b);
}
