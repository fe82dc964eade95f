#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, shutdown)]
fn main(console: Console) {
    let _ = console;
}
