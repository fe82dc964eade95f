//! Parses like an argument without declaring any: nothing of the runtime's own is left but what was inlined.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel]
fn main() -> ExitCode {
    let is_true = <bool as FromArg>::parse(core::hint::black_box("true"));
    if is_true == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
