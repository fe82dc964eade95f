//! Prints one line: the smallest unikernel that does something.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use unikernel_rt::prelude::*;

#[unikernel(console)]
fn main() {
    println!("Hello from hello");
}
