//! Why a kernel cannot be audited.

/// Why a kernel cannot be audited.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It has no sections.
    #[error(
        "the kernel is stripped and has no symbols\n\
         help: audit the file that `cargo build --release -p APP` made"
    )]
    Stripped,
    /// It has no relocations.
    #[error(
        "the kernel has no relocations\n\
         help: call `unikernel_build::link()` in the application's build.rs, which links with `--emit-relocs`"
    )]
    NoReferences,
    /// It has no line tables.
    #[error(
        "the kernel has no line tables\n\
         help: write into the Cargo.toml of the workspace: [profile.release] debug = \"line-tables-only\""
    )]
    NoLineTables,
    /// What it tells cannot be read.
    #[error("the kernel is malformed: {0}")]
    Malformed(String),
}

impl Error {
    pub(super) fn malformed(error: impl std::fmt::Display) -> Self {
        Self::Malformed(error.to_string())
    }
}
