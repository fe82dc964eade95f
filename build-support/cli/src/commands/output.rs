//! Output: colours on a terminal only, progress in cargo's format.

use std::fmt::Display;
use std::io;

use anstyle::{AnsiColor, Style};

use super::failure::Failure;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();
const VERB: Style = AnsiColor::Green.on_default().bold();

/// Prints progress to standard error, in cargo's format.
pub(super) fn progress(verb: &str, what: impl Display) {
    anstream::eprintln!("{VERB}{verb:>12}{VERB:#} {what}");
}

/// Prints a warning to standard error.
pub(super) fn warning(text: impl Display) {
    let style = AnsiColor::Yellow.on_default().bold();
    anstream::eprintln!("{style}warning{style:#}: {text}");
}

/// How to mend something, as a line of a warning.
pub(super) fn help(text: impl Display) -> String {
    format!("{HELP}help{HELP:#}: {text}")
}

/// Prints the error of a command to standard error.
pub(super) fn failure(failure: &Failure) {
    match failure {
        Failure::Text(text) => {
            let text = text.replace("\nhelp:", &format!("\n{HELP}help{HELP:#}:"));
            anstream::eprintln!("{ERROR}error{ERROR:#}: {}", text.trim_end());
        }
        // Always coloured; the stream removes colours if it is not a terminal.
        Failure::Report(report) => anstream::eprintln!("{}", report.render(true).trim_end()),
    }
}

/// Writes a result to standard output. A closed pipe, as with `head`, is not an error.
pub(super) fn result(text: &str) -> Result<(), Failure> {
    use io::Write;
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Text(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
