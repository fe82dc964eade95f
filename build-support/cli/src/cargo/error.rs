//! Errors of finding and building an application.

use std::path::PathBuf;

/// An error of the workspace, of an application's package, or of its build.
///
/// The text says what is wrong and where; a second line that begins with `help:` says how to fix it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `cargo` itself cannot be started.
    #[error("cannot start `{program}`: {source}\nhelp: install Rust from https://rustup.rs")]
    NoCargo {
        /// The program that was tried.
        program: String,
        /// Why it did not start.
        source: std::io::Error,
    },
    /// `cargo metadata` failed and printed its own error.
    #[error("cargo cannot read the workspace (see above)")]
    Workspace,
    /// The output of `cargo metadata` cannot be parsed.
    #[error("cannot parse the output of `cargo metadata`: {0}")]
    Metadata(String),
    /// There is no application of this name.
    #[error("there is no application `{name}` in `{workspace}`\n{help}")]
    NoApplication {
        /// The name that was asked for.
        name: String,
        /// The folder that was searched.
        workspace: PathBuf,
        /// The nearest name, or all of them.
        help: String,
    },
    /// The package exists, but is no application.
    #[error("package `{name}` is not an application: {reason}")]
    NotAnApplication {
        /// The package's name.
        name: String,
        /// What it lacks.
        reason: &'static str,
    },
    /// The workspace has no application.
    #[error(
        "there is no application in `{0}`\nhelp: an application is a package with a binary that depends on `unikernel-rt`: `cargo add unikernel-rt`, with `--features std` for a program of `std`"
    )]
    NoneAtAll(PathBuf),
    /// The command needs exactly one application, and several are possible.
    #[error("there are several applications here: {0}\nhelp: choose one with `-p` or `--bin`")]
    Several(String),
    /// The package has several binaries and no default.
    #[error(
        "package `{package}` has several binaries: {binaries}\nhelp: choose one with `--bin`, or set `default-run` in `{manifest}`"
    )]
    SeveralBinaries {
        /// The package's name.
        package: String,
        /// Its binaries.
        binaries: String,
        /// Its Cargo.toml.
        manifest: PathBuf,
    },
    /// The package has no binary of that name.
    #[error("package `{package}` has no binary `{name}`\n{help}")]
    NoBinary {
        /// The name that was asked for.
        name: String,
        /// The package's name.
        package: String,
        /// The nearest name, or all of them.
        help: String,
    },
    /// The package has no build script, which passes the linker arguments.
    #[error(
        "package `{package}` has no `build.rs`, so that its binary would be linked as a Linux program\nhelp: write `{}` with this line: fn main() {{ unikernel_build::{link}() }}\nhelp: add to `{}`: [build-dependencies] unikernel-build = \"{}\"",
        directory.join("build.rs").display(), directory.join("Cargo.toml").display(), env!("CARGO_PKG_VERSION")
    )]
    NoBuildScript {
        /// The package's name.
        package: String,
        /// The package's folder.
        directory: PathBuf,
        /// The function that it calls.
        link: &'static str,
    },
    /// The build script calls a package that Cargo.toml does not name.
    #[error(
        "the `build.rs` of package `{package}` calls `unikernel_build`, which is not one of its build dependencies\nhelp: add to `{}`: [build-dependencies] unikernel-build = \"{}\"",
        directory.join("Cargo.toml").display(), env!("CARGO_PKG_VERSION")
    )]
    NoBuildDependency {
        /// The package's name.
        package: String,
        /// The package's folder.
        directory: PathBuf,
    },
    /// The build script passes no linker arguments.
    #[error(
        "the binary of package `{package}` is a Linux program: its `build.rs` does not say how a kernel is linked\nhelp: add to `main` in `{}` this line: unikernel_build::{link}();\nhelp: add to `{}`: [build-dependencies] unikernel-build = \"{}\"",
        directory.join("build.rs").display(), directory.join("Cargo.toml").display(), env!("CARGO_PKG_VERSION")
    )]
    DoesNotLink {
        /// The package's name.
        package: String,
        /// The package's folder.
        directory: PathBuf,
        /// The function that it is to call.
        link: &'static str,
    },
    /// The profile unwinds on panic.
    #[error(
        "profile `{profile}` unwinds on panic, which a kernel does not support\nhelp: add to `{manifest}`:\n\n[profile.{profile}]\npanic = \"abort\"\n"
    )]
    Unwinds {
        /// The profile's name.
        profile: String,
        /// The workspace's Cargo.toml; profiles in other packages are ignored by cargo.
        manifest: PathBuf,
    },
    /// There is no profile of this name.
    #[error("there is no profile `{profile}` in `{manifest}`\n{help}")]
    NoProfile {
        /// The profile that was asked for.
        profile: String,
        /// The workspace's Cargo.toml.
        manifest: PathBuf,
        /// The nearest name, or all of them.
        help: String,
    },
    /// A file of cargo's configuration cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Configuration {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// `rustc` cannot be queried.
    #[error("cannot query `rustc`: {0}")]
    Rustc(String),
    /// The build failed; cargo has printed the errors.
    #[error("`{0}` does not build (see above)")]
    Build(String),
    /// The build succeeded, but cargo reported no executable.
    #[error("cargo built `{0}`, but reported no executable")]
    NoExecutable(String),
}

/// A `help:` line with the nearest of the `known` names, or all of them where none is near.
pub(super) fn help<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.collect();
    match unikernel_vocabulary::nearest(name, known.iter().copied()) {
        Some(near) => format!("help: did you mean `{near}`?"),
        None => format!("help: there are {}", list(known.into_iter())),
    }
}

/// The names in backticks, with commas.
pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
