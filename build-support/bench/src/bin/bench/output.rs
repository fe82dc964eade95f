//! Output: progress and errors on standard error, in cargo's format; results on standard output.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const VERB: Style = AnsiColor::Green.on_default().bold();

/// Says what is being done.
pub(super) fn progress(verb: &str, what: impl Display) {
    anstream::eprintln!("{VERB}{verb:>12}{VERB:#} {what}");
}

/// Prints a warning.
pub(super) fn warning(text: impl Display) {
    anstream::eprintln!("{WARNING}warning{WARNING:#}: {text}");
}

/// Says why a benchmark failed.
pub(super) fn failure(text: &str) {
    anstream::eprintln!("{ERROR}error{ERROR:#}: {}", text.trim_end());
}
