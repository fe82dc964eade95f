//! How things are said: colours on a terminal alone, progress as cargo says it.

use std::fmt::Display;
use std::io;

use anstyle::{AnsiColor, Style};

use super::failure::Failure;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();
const VERB: Style = AnsiColor::Green.on_default().bold();

/// Says on standard error what is being done, in cargo's own form.
pub(super) fn progress(verb: &str, what: impl Display) {
    anstream::eprintln!("{VERB}{verb:>12}{VERB:#} {what}");
}

/// Says on standard error something that is no failure, but should be known.
pub(super) fn warning(text: impl Display) {
    let style = AnsiColor::Yellow.on_default().bold();
    anstream::eprintln!("{style}warning{style:#}: {text}");
}

/// Says on standard error why a command failed.
pub(super) fn failure(failure: &Failure) {
    match failure {
        Failure::Text(text) => {
            let text = text.replace("\nhelp:", &format!("\n{HELP}help{HELP:#}:"));
            anstream::eprintln!("{ERROR}error{ERROR:#}: {}", text.trim_end());
        }
        // Coloured here, and bleached by the stream where nobody would see it.
        Failure::Report(report) => anstream::eprintln!("{}", report.render(true).trim_end()),
    }
}

/// Writes a result to standard output; a reader that went away, such as `head`, has seen enough.
pub(super) fn result(text: &str) -> Result<(), Failure> {
    use io::Write;
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Text(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
