//! Disk images: an image of `unikernel iso`, padded to the size of a disk, in the formats of clouds and hypervisors.
//!
//! An ISO is a raw disk image already. What it lacks is size: a BIOS computes no geometry for a disk that is smaller than one
//! cylinder, and does not boot from it unless it is virtio or IDE; clouds want whole GiB. Every format stores the image alone:
//! the zeros behind it take no space.

mod gce;
mod qcow2;
mod size;

use std::io::{self, Write};

pub use self::size::{DiskSize, SizeError};
use crate::whole_file::WholeFile;

/// The format of a disk image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFormat {
    /// The bytes of the disk, as a sparse file.
    Raw,
    /// QEMU's, version 3.
    Qcow2,
    /// What Google Compute Engine imports: `disk.raw` in a compressed archive.
    Gce,
}

impl DiskFormat {
    /// The extension of its files.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Qcow2 => "qcow2",
            Self::Gce => "tar.gz",
        }
    }

    /// The size of a disk for an image of `bytes`, if none is given.
    #[must_use]
    pub const fn usual_size(self, bytes: u64) -> DiskSize {
        DiskSize::around(bytes, self.granularity())
    }

    /// What the size of a disk is a multiple of.
    const fn granularity(self) -> u64 {
        match self {
            Self::Raw | Self::Qcow2 => 1 << 20,
            Self::Gce => 1 << 30,
        }
    }

    /// Checks that an image of `bytes` fits into a disk of this format and size.
    ///
    /// # Errors
    /// [`SizeError`], with a size that is right.
    pub fn check(self, size: DiskSize, bytes: u64) -> Result<(), SizeError> {
        if size.bytes() < bytes {
            return Err(SizeError::Small { given: size, image: bytes, least: self.usual_size(bytes) });
        }
        if self == Self::Gce && !size.bytes().is_multiple_of(self.granularity()) {
            return Err(SizeError::NotWholeGib {
                given: size,
                next: DiskSize::around(size.bytes(), self.granularity()),
            });
        }
        Ok(())
    }

    /// Writes an image as a disk of this size, which [`Self::check`] has found to be right.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write(self, file: &mut WholeFile, image: &[u8], size: DiskSize) -> io::Result<()> {
        match self {
            Self::Raw => {
                file.write_all(image)?;
                file.file().set_len(size.bytes())
            }
            Self::Qcow2 => qcow2::write(file, image, size.bytes()),
            Self::Gce => gce::write(file, image, size.bytes()),
        }
    }
}

#[cfg(test)]
mod tests;
