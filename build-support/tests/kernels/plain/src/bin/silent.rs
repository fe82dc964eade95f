//! Declares nothing: no console, no UART code; a panic is reported by exit status only.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel]
fn main() {
    panic!("nobody reads this");
}
