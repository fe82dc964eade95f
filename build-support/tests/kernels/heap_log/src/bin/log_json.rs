//! Logs records as JSON, whatever is in them, and when that was.
#![no_std]
#![no_main]

use core::fmt;
use core::time::Duration;
use unikernel_rt::prelude::*;

/// What cannot be written to its end.
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("half \"of it")?;
        Err(fmt::Error)
    }
}

#[unikernel(console, clock, log(json, level = "debug"))]
fn main(clock: Clock) {
    log::error!("the first of {}", 2);
    log::warn!(target: "else\"where\\", "a \"quoted\" line,\nanother\r\n\tand\0 \x1b[31mred\u{7f} 🦀 {:?}", 'é');
    clock.sleep(Duration::from_millis(50));
    log::info!("{Broken}");
    log::debug!("");
    log::trace!("not shown");
}
