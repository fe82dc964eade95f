//! QEMU TCG plugins, which observe every instruction that a guest executes.
//!
//! They are written in C and compiled on demand by `cc`, which linking Rust programs requires anyway. Debian's QEMU accepts
//! plugins but ships no header: `qemu-plugin.h` declares the part of the API that they use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

const HEADER: &str = include_str!("plugin/qemu-plugin.h");

/// Why a plugin could not be built.
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
    /// The compiler could not be run.
    #[error("cannot start `cc`: {0}\nhelp: install it:\napt-get install gcc")]
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
