#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel]
fn main() -> Result<u8, ExitCode> {
    Ok(0)
}
