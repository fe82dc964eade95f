//! Carries the place of a panic in a package from the registry.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;
use x86_64::VirtAddr;

#[unikernel(console, args(address = 5))]
fn main(address: u64) {
    println!("{:?}", VirtAddr::new(address));
}
