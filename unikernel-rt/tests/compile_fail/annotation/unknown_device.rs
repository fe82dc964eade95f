#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(consol)]
fn main(console: Console) {
    let _ = console;
}
