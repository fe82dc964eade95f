//! What is on a disk.

use std::path::{Path, PathBuf};

/// The contents of a disk when a machine starts. The machine gets a temporary file; what it is made of is never changed.
#[derive(Clone, Debug)]
pub struct Disk(pub(crate) Contents);

#[derive(Clone, Debug)]
pub(crate) enum Contents {
    Empty(u64),
    Bytes(Vec<u8>),
    Copy(PathBuf),
    Folder(PathBuf),
}

impl Disk {
    /// A disk of zeros. A disk has sectors of 512 bytes; what is left over is cut off.
    #[must_use]
    pub const fn empty(size_bytes: u64) -> Self {
        Self(Contents::Empty(size_bytes))
    }

    /// A disk of these bytes.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Contents::Bytes(bytes.into()))
    }

    /// A copy of a file.
    #[must_use]
    pub fn copy(path: impl AsRef<Path>) -> Self {
        Self(Contents::Copy(path.as_ref().to_owned()))
    }

    /// A FAT volume with the files of a folder.
    #[must_use]
    pub fn folder(path: impl AsRef<Path>) -> Self {
        Self(Contents::Folder(path.as_ref().to_owned()))
    }
}

impl From<Vec<u8>> for Disk {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}
