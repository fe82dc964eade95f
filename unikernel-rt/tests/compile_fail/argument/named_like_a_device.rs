#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(args(console = 80))]
fn main(console: u16) {
    let _ = console;
}
