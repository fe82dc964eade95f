#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console)]
fn main(console: Console, console: Console) {
    let _ = console;
}
