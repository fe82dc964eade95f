#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

struct Opaque;

#[unikernel(args(opaque = "a"))]
fn main(opaque: Opaque) {
    let _ = opaque;
}
