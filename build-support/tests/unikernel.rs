//! The program `unikernel`, for the tests of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    unikernel_cli::commands::main()
}
