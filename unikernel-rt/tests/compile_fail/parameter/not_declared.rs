#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console)]
fn main(console: Console, port: u16) {
    let _ = (console, port);
}
