#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(args(port = 80))]
fn main(port: u16, console: Console) {
    let _ = (console, port);
}
