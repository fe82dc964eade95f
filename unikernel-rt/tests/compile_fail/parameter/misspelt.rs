#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(args(port = 80))]
fn main(prot: u16) {
    let _ = prot;
}
