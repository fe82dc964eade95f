//! Fills the screen more than once, then fails.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console(screen))]
fn main() -> Result<(), &'static str> {
    for line in 0..300 {
        println!("line {line}");
    }
    Err("enough")
}
