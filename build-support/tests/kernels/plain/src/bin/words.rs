//! Prints the words that no argument takes, one a line.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, args(port = 80, ..words))]
fn main(port: u16, words: Rest) {
    println!("port {port}");
    for word in words {
        println!("<{word}>");
    }
}
