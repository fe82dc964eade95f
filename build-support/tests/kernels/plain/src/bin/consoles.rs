//! Writes to three consoles, reads a line from whichever has one, and panics with it.
#![no_std]
#![no_main]

use embedded_io::{Read, Write};
use unikernel_rt::prelude::*;

#[unikernel(console(virtio, screen, serial))]
fn main(mut console: Console) {
    println!("ready");
    let mut line = [0; 80];
    let mut length = 0;
    while length == 0 || line[length - 1] != b'\n' {
        let Ok(count) = console.read(&mut line[length..]);
        length += count;
    }
    let Ok(()) = console.write_all(b"got ");
    let Ok(()) = console.write_all(&line[..length]);
    panic!("{}", core::str::from_utf8(&line[..length]).unwrap_or_default().trim_end());
}
