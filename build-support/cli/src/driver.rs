//! The program behind `unikernel-test`: builds images and runs machines for a library that is linked with tests.
//!
//! That library depends on nothing but `std`, because cargo builds the kernels of a package with the features that its tests
//! need: a crate that a kernel uses would get the feature `std`. So everything else is done here, in a process of its own, which
//! talks with the library by messages on standard input and output. It ends, with the machine and all temporary files, when its
//! standard input does: a test that is killed leaves nothing behind.

mod image;
mod machine;
mod message;
mod setup;

use std::io::{self, BufReader};
use std::process::ExitCode;

use message::{Message, Output};

/// Serves the library until standard input ends.
#[must_use]
pub fn main() -> ExitCode {
    let mut input = BufReader::new(io::stdin());
    let output = Output::default();
    let served = match Message::read(&mut input) {
        Some(first) if first.words == ["build"] => image::build(&first.payload_path(), &mut input, &output),
        Some(first) if first.words == ["machine"] => machine::serve(&mut input, &output),
        Some(first) => Err(format!("unknown request `{}`", first.words.join(" "))),
        None => Ok(()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            output.send("failed", text.trim_end().as_bytes());
            ExitCode::FAILURE
        }
    }
}
