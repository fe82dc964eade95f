//! A kernel without the standard library, whose annotation says that it has it.
#![no_std]
#![no_main]

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {}
