//! Echoes what it reads from a virtio console, in the pieces in which it comes, until a line that says `end`.
#![no_std]
#![no_main]

use embedded_io::{Read, Write};
use unikernel_rt::prelude::*;

#[unikernel(console(virtio))]
fn main(mut console: Console) {
    println!("ready");
    let mut line = [0; 80];
    let mut length = 0;
    loop {
        let mut bytes = [0; 7];
        let Ok(count) = console.read(&mut bytes);
        for byte in &bytes[..count] {
            let Ok(()) = console.write_all(&[*byte]);
            if *byte == b'\n' {
                if &line[..length] == b"end" {
                    return;
                }
                length = 0;
            } else if length < line.len() {
                line[length] = *byte;
                length += 1;
            }
        }
    }
}
