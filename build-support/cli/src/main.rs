//! The program `unikernel`: see [`unikernel_cli::commands`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    unikernel_cli::commands::main()
}
