//! Uses every public module of `alloc`, what of `core` is code and not inlined, and the crates that are common where there is no
//! `std`: whatever prebuilt code refers to has to be there, in every profile.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "strings of C are read by pointer")]

extern crate alloc;

mod crates;
mod library;
mod numbers;

use unikernel_rt::prelude::*;

/// Unoptimised, `regex` needs more stack than a kernel has: `patterns=false` has it linked, and not called.
#[unikernel(console, heap, args(patterns = true))]
fn main(patterns: bool) {
    library::check();
    numbers::check();
    crates::check();
    crates::check_patterns(patterns);
    println!("all of it works");
}
