#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

const PORT: u16 = 80;

#[unikernel(args(port = PORT))]
fn main(port: u16) {
    let _ = port;
}
