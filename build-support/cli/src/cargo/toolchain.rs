//! The programs of the toolchain, and what `rustc` says of itself.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Error;

/// `cargo`, the very one that started this program where one did.
pub(super) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Cargo's home: `CARGO_HOME`, else `~/.cargo`.
pub(super) fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

/// What is needed to know of the compiler.
#[derive(Debug)]
pub(super) struct Toolchain {
    /// Where the compiler and its libraries are installed.
    pub(super) sysroot: PathBuf,
    /// The commit that the prebuilt library names in its paths (`/rustc/HASH/library/...`).
    pub(super) commit: Option<String>,
    /// The version, such as `1.95.0`.
    pub(super) release: String,
    /// The triple of the host, which is what a kernel is built for.
    pub(super) host: String,
    /// The `cfg`s of the host, one a line, for `[target.'cfg(...)']` tables.
    pub(super) cfg: String,
}

impl Toolchain {
    /// Asks the `rustc` that cargo uses in `directory` (a `rust-toolchain.toml` counts).
    pub(super) fn read(directory: &Path) -> Result<Self, Error> {
        let version = ask(directory, &["-vV"])?;
        let field = |name: &str| version.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        Ok(Self {
            sysroot: ask(directory, &["--print", "sysroot"])?.trim_end().into(),
            commit: field("commit-hash: ").filter(|hash| hash != "unknown"),
            release: field("release: ").ok_or_else(|| Error::Rustc("`rustc -vV` names no release".into()))?,
            host: field("host: ").ok_or_else(|| Error::Rustc("`rustc -vV` names no host".into()))?,
            cfg: ask(directory, &["--print", "cfg"])?,
        })
    }
}

fn ask(directory: &Path, arguments: &[&str]) -> Result<String, Error> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::Rustc(format!("cannot start `{}`: {error}", rustc.display())))?;
    if !output.status.success() {
        return Err(Error::Rustc(String::from_utf8_lossy(&output.stderr).trim_end().into()));
    }
    String::from_utf8(output.stdout).map_err(|_| Error::Rustc("its answer is not UTF-8".into()))
}
