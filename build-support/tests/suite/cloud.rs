//! Images for clusters and clouds, as those who read them do it: tools for disks and containers, a registry, schemas, machines.

mod containers;
mod disks;
mod registry;
mod schemas;

use std::path::Path;
use std::process::Output;

use crate::command_line::{stderr, stdout, unikernel};

/// Runs the program under test; it must succeed. Returns what it printed.
#[track_caller]
fn run(arguments: &[&str]) -> String {
    let output = output(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

/// Runs the program under test, which must fail; returns its error.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let output = output(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    assert_eq!(stdout(&output), "", "{arguments:?}");
    stderr(&output)
}

fn output(arguments: &[&str]) -> Output {
    unikernel().args(arguments).output().expect("the program under test")
}

/// A path for a command line.
fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}
