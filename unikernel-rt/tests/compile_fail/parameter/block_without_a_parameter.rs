#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, block(name = "data"), entropy)]
fn main(console: Console) {
    let _ = console;
}
