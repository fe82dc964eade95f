//! Logs one record of each level, and prints a line of its own.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, log(level = "warn"))]
fn main() {
    log::error!("the first of {}", 5);
    log::warn!(target: "elsewhere", "second");
    log::info!("third,\non two lines\r");
    log::debug!("fourth");
    log::trace!("fifth");
    println!("the end");
}
