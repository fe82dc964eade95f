//! Plugins of QEMU's TCG, which see every instruction that a guest executes.
//!
//! They are C, and built when they are wanted, with the compiler that links Rust programs too. Debian's QEMU accepts plugins,
//! but ships no header for them: `qemu-plugin.h` declares what ours use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

const HEADER: &str = include_str!("plugin/qemu-plugin.h");

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

/// Builds the plugin `name` into `folder` from its source text, and returns its path, for QEMU's `-plugin`.
///
/// # Errors
/// There is no C compiler, or the folder cannot be written.
pub fn compile(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Error> {
    let (source, plugin) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.so")));
    for (path, text) in [(&source, text), (&folder.join("qemu-plugin.h"), HEADER)] {
        fs::write(path, text).map_err(|error| Error::Write { path: path.display().to_string(), source: error })?;
    }
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&plugin).arg(&source);
    let output = compiler.output().map_err(Error::NoCompiler)?;
    if output.status.success() {
        Ok(plugin)
    } else {
        Err(Error::Compiler(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}
