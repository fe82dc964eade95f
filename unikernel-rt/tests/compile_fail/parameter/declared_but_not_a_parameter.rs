#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, args(port = 80))]
fn main(console: Console) {
    let _ = console;
}
