//! Exits with the status of its boot argument.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, args(code))]
fn main(code: u8) -> ExitCode {
    ExitCode::new(code)
}
