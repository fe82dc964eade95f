//! The number of cases of slow tests. Skipped cases are printed.

use std::fmt::Display;
use std::io::{self, Write as _};

/// What asks for the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effort {
    /// `make test`.
    Gate,
    /// `make test-all`.
    All,
    /// `make soak`.
    Soak,
}

impl Effort {
    /// The effort of this run, by the variables that the Makefile sets.
    pub(crate) fn of_this_run() -> Self {
        let is_set = |name| std::env::var_os(name).is_some();
        if is_set("UNIKERNEL_SOAK") {
            Self::Soak
        } else if is_set("UNIKERNEL_TEST_ALL") {
            Self::All
        } else {
            Self::Gate
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Gate => "make test",
            Self::All => "make test-all",
            Self::Soak => "make soak",
        }
    }
}

/// Whether `what` is left to a run of `least` effort.
pub(crate) fn is_left_out(what: &str, least: Effort) -> bool {
    let is_left_out = Effort::of_this_run() < least;
    if is_left_out {
        say(&format!("{what}: left to `{}`", least.command()));
    }
    is_left_out
}

/// How many of something are done in this run, of the numbers for the gate, `make test-all` and `make soak`.
pub(crate) fn scaled<N: Copy + PartialOrd + Display>(what: &str, gate: N, all: N, soak: N) -> N {
    let numbers = [(gate, Effort::Gate), (all, Effort::All), (soak, Effort::Soak)];
    let now = Effort::of_this_run();
    let (number, _) = numbers.into_iter().rfind(|(_, effort)| *effort <= now).expect("the gate's");
    if let Some((more, effort)) = numbers.into_iter().find(|(more, _)| *more > number) {
        say(&format!("{number} {what}; {more} are left to `{}`", effort.command()));
    }
    number
}

/// Prints a line though the test passes: the harness captures only what the macros print.
fn say(line: &str) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes()); // nobody may be there to read it
}
