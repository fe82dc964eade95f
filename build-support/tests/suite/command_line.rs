//! Shared code of the tests of the command line.

pub(crate) mod kernel;
pub(crate) mod running;
pub(crate) mod terminal;
pub(crate) mod workspace;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The program under test, with nothing of its environment that would change what it does.
pub(crate) fn unikernel() -> Command {
    let mut command = Command::new(crate::common::program());
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR", "CLICOLOR_FORCE", "NO_COLOR"] {
        command.env_remove(variable);
    }
    command
}

/// What a program wrote to standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a program wrote to standard output.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The processes that have `path` on their command line: the machine of an image in a temporary folder, and no other.
pub(crate) fn processes_with(path: &Path) -> Vec<u32> {
    let needle = path.to_str().expect("a path of a test is UTF-8");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(needle) {
            found.push(id);
        }
    }
    found
}
