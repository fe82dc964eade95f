#![no_std]
#![no_main]

use unikernel_rt::prelude::*;
use core::net::Ipv4Addr;

#[unikernel(args(host = "10.0.0.256"))]
fn main(host: Ipv4Addr) {
    let _ = host;
}
