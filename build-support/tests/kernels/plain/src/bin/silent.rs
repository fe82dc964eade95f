//! Declares nothing: no console, no UART code, its panic tells by status alone.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel]
fn main() {
    panic!("nobody reads this");
}
