//! Ends lines in every way, on two consoles.
#![no_std]
#![no_main]

use embedded_io::Write;
use unikernel_rt::prelude::*;

#[unikernel(console(serial, virtio))]
fn main(mut console: Console) -> Result<(), &'static str> {
    println!("line");
    println!();
    print!("has one\r\n");
    print!("50 %\r");
    println!();
    let Ok(()) = console.write_all(b"one\ntwo\n");
    print!("{}", core::concat!("x", "\n"));
    Err("two\nlines")
}
