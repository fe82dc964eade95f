#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console)]
fn main(console: u32) {
    let _ = console;
}
