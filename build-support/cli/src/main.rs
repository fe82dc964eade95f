//! The program `unikernel`: see [`unikernel_cli::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    unikernel_cli::commands::main()
}
