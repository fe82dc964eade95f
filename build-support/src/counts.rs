//! Counts what a guest executes: instructions, port I/O and halts, exactly, by a plugin of QEMU's TCG.
//!
//! The counts hardly depend on the machine that they are taken on, so they can be held against a budget. The plugin is C, and
//! built when it is wanted, with the compiler that links Rust programs too.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

const SOURCE: &str = include_str!("counts/plugin.c");

/// What had been executed when a point was first reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Instructions; each iteration of a repeated string instruction is one.
    pub instructions: u64,
    /// Reads and writes of I/O ports.
    pub port_io: u64,
    /// Times that the processor was halted.
    pub halts: u64,
}

/// Why there is no plugin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// There is no compiler.
    #[error("cannot run `cc`: {0}; install the Debian package `gcc`")]
    NoCompiler(io::Error),
    /// The compiler failed.
    #[error("`cc` cannot build the plugin:\n{0}")]
    Compiler(String),
}

/// Builds the plugin into `folder`, and returns its path, for QEMU's `-plugin PATH,NAME=ADDRESS,...`.
///
/// # Errors
/// There is no C compiler, or the folder cannot be written.
pub fn plugin(folder: &Path) -> Result<PathBuf, Error> {
    let (source, plugin) = (folder.join("counts.c"), folder.join("counts.so"));
    fs::write(&source, SOURCE).map_err(|error| Error::Write { path: source.display().to_string(), source: error })?;
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&plugin).arg(&source);
    let output = compiler.output().map_err(Error::NoCompiler)?;
    if output.status.success() {
        Ok(plugin)
    } else {
        Err(Error::Compiler(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// The counts at `point`, from what QEMU printed to standard error; `end` is the point at which it ended.
#[must_use]
pub fn at(point: &str, printed: &str) -> Option<Counts> {
    let line = printed.lines().find_map(|line| line.strip_prefix("counts ")?.strip_prefix(point)?.strip_prefix(' '))?;
    let mut numbers = line.split(' ').filter_map(|word| word.split_once('=')?.1.parse().ok());
    Some(Counts { instructions: numbers.next()?, port_io: numbers.next()?, halts: numbers.next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_among_other_lines() {
        let printed =
            "warning\ncounts main instructions=12 port_io=3 halts=0\ncounts end instructions=99 port_io=4 halts=1\n";
        assert_eq!(at("main", printed), Some(Counts { instructions: 12, port_io: 3, halts: 0 }));
        assert_eq!(at("end", printed).map(|counts| counts.halts), Some(1));
        assert_eq!(at("mai", printed), None);
        assert_eq!(at("main", "counts main instructions=x port_io=3"), None);
    }
}
