//! Prints `hello`, sleeps a second, prints `world`; four times in a row.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::time::Duration;
use unikernel_rt::prelude::*;

#[unikernel(console, clock)]
async fn main(clock: Clock) {
    for _ in 0..4 {
        println!("hello");
        clock.after(Duration::from_secs(1)).await;
        println!("world");
    }
}
