//! `unikernel symbolize`: backtraces for the crash reports in a log.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use crate::symbolize::Symbolizer;

use super::failure::Failure;
use super::path::shown;
use super::product;

/// Add backtraces to the crash reports in a log.
///
/// Copies a console log to standard output, and adds a backtrace with functions, files and lines to each report of a panic or
/// fault. `unikernel run` does so automatically.
///
/// A report from a different build is marked as such, and the command fails.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  unikernel symbolize target/unikernel/release/greet < console.log\n  \
                        virsh console greet | unikernel symbolize greet.elf")]
pub(super) struct Arguments {
    /// The kernel's linked ELF, with its symbols
    #[arg(value_name = "ELF")]
    kernel: PathBuf,

    /// The log [default: standard input]
    #[arg(value_name = "LOG")]
    log: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let kernel = product::read_kernel(&arguments.kernel)?;
    let name = shown(&arguments.kernel).display().to_string();
    let mut symbolizer = Symbolizer::new(kernel).map_err(|error| Failure::Text(format!("`{name}`: {error}")))?;
    match &arguments.log {
        Some(path) => {
            let mut log = File::open(path).map_err(|error| Failure::file("read", path, error))?;
            copy(&mut log, &mut symbolizer)
        }
        None => copy(&mut io::stdin(), &mut symbolizer),
    }
    .map_err(|error| Failure::Text(format!("cannot copy the log: {error}")))?;
    match (symbolizer.foreign(), symbolizer.reports()) {
        (0, _) => Ok(()),
        (foreign, reports) => {
            Err(Failure::Text(format!("{foreign} of {reports} reports are from a different build than `{name}`")))
        }
    }
}

/// Copies without buffering: the log may still be written to.
fn copy(log: &mut impl Read, symbolizer: &mut Symbolizer) -> io::Result<()> {
    let mut bytes = [0; 4096];
    let mut out = io::stdout();
    loop {
        match log.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(read) => match out.write_all(&symbolizer.feed(&bytes[..read])).and_then(|()| out.flush()) {
                // A closed pipe, as with `head`, is not an error.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
