//! Returns an error: reported, status 1.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[derive(Debug)]
struct Broken;

#[unikernel(console)]
fn main() -> Result<(), Broken> {
    Err(Broken)
}
