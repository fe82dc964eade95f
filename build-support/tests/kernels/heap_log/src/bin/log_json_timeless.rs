//! Logs a record as JSON without a clock.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, log(json))]
fn main() {
    log::info!("no clock");
}
