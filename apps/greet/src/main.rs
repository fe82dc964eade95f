//! Greets by its boot arguments: text, number, switch, duration and address.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::net::IpAddr;
use core::time::Duration;
use unikernel_rt::prelude::*;

#[unikernel(console, args(greeting = "Hello", name, times = 1, shout = false, patience = "1s", from))]
fn main(greeting: &'static str, name: &'static str, times: u8, shout: bool, patience: Duration, from: Option<IpAddr>) {
    let end = if shout { "!!!" } else { "" };
    for _ in 0..times {
        println!("{greeting}, {name}{end}");
    }
    println!("patience: {} ms", patience.as_millis());
    if let Some(from) = from {
        println!("greetings from {from}");
    }
}
