//! Writes disk images: whole, sparse, and to files alone.

use std::path::Path;

use crate::disk::{DiskFormat, DiskSize};
use crate::whole_file::WholeFile;

use super::failure::Failure;
use super::path::shown;

/// Checks that a disk image can be written, without writing it: to a device or a pipe it cannot, for most of it is a hole.
pub(super) fn writable(path: &Path) -> Result<(), Failure> {
    if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Err(Failure::Text(format!(
            "`{0}` is no file, and a disk image is one with a hole\nhelp: a disk needs no padding: `unikernel iso -o {0}`",
            shown(path).display()
        )));
    }
    WholeFile::create(path).map(drop).map_err(|error| Failure::file("write", path, error))
}

/// Checks that a disk of the given size can have an image of `bytes`.
pub(super) fn check(format: DiskFormat, size: Option<DiskSize>, bytes: u64) -> Result<(), Failure> {
    size.map_or(Ok(()), |size| format.check(size, bytes)).map_err(|error| Failure::Text(error.to_string()))
}

/// Writes an image as a disk of the given size, or of the usual one.
pub(super) fn write(path: &Path, format: DiskFormat, image: &[u8], size: Option<DiskSize>) -> Result<(), Failure> {
    let bytes = image.len() as u64;
    check(format, size, bytes)?;
    let size = size.unwrap_or(format.usual_size(bytes));
    let write = || {
        let mut file = WholeFile::create(path)?;
        format.write(&mut file, image, size)?;
        file.finish()
    };
    write().map_err(|error| Failure::file("write", path, error))
}
