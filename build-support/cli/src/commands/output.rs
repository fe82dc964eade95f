//! Output: colours on a terminal only, progress in cargo's format.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

use super::failure::Failure;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();
const VERB: Style = AnsiColor::Green.on_default().bold();

static QUIET: AtomicBool = AtomicBool::new(false);

/// The options of every command.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Print no progress, only results, warnings and errors
    #[arg(short, long, global = true)]
    quiet: bool,

    /// When to use colours [default: auto, on a terminal unless `NO_COLOR` is set]
    #[arg(long, global = true, value_name = "WHEN")]
    color: Option<Color>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Options {
    /// Applies them to all that is printed from now on.
    pub(super) fn apply(&self) {
        QUIET.store(self.quiet, Ordering::Relaxed);
        match self.color {
            Some(Color::Always) => anstream::ColorChoice::Always.write_global(),
            Some(Color::Never) => anstream::ColorChoice::Never.write_global(),
            Some(Color::Auto) | None => {}
        }
    }
}

/// Whether progress is left out.
pub(super) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Prints a line to standard error. If nobody reads it any more, the command goes on all the same.
fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Prints progress to standard error, in cargo's format.
pub(super) fn progress(verb: &str, what: impl Display) {
    if !is_quiet() {
        note(format_args!("{VERB}{verb:>12}{VERB:#} {what}"));
    }
}

/// Prints lines that belong to the progress, such as a table.
pub(super) fn details(text: impl Display) {
    if !is_quiet() {
        let _ = write!(anstream::stderr(), "{text}"); // as above
    }
}

/// Prints a warning to standard error.
pub(super) fn warning(text: impl Display) {
    note(format_args!("{WARNING}warning{WARNING:#}: {text}"));
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
            note(format_args!("{ERROR}error{ERROR:#}: {}", text.trim_end()));
        }
        // Always coloured; the stream removes colours if it is not a terminal.
        Failure::Report(report) => note(report.render(true).trim_end()),
    }
}

/// Writes a result to standard output. A closed pipe, as with `head`, is not an error.
pub(super) fn result(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Text(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
