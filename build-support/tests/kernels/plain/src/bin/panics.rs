//! Panics with a formatted message: reported with file and line, status 101.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, args(reason = "no reason"))]
fn main(reason: &'static str) {
    panic!("for {reason}");
}
