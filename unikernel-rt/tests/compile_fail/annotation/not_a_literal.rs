#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(args(port = 40 + 40))]
fn main(port: u16) {
    let _ = port;
}
