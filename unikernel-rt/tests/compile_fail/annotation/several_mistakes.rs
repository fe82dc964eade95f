#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(consol, heap(sise = "1MiB"), args(port = 70000))]
fn main(console: Console, port: u16, name: &str) -> u32 {
    let _ = (console, port, name);
    0
}
