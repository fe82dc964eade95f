//! Sends bytes as they are, on two consoles.
#![no_std]
#![no_main]

use embedded_io::Write;
use unikernel_rt::prelude::*;

#[unikernel(console(serial, virtio, crlf = false))]
fn main(mut console: Console) -> Result<(), &'static str> {
    let Ok(()) = console.write_all(b"\n\r\n\x00\xff\r\r\n");
    Err("raw")
}
