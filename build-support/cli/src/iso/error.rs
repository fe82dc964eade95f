//! Errors of writing and reading ISO images.

use unikernel_vocabulary::command_line;

use super::IMAGE_MAX;
use crate::elf;

/// An error of writing or reading an ISO image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel is invalid.
    #[error(transparent)]
    Elf(#[from] elf::Error),
    /// The command line is longer than the kernel's limit.
    #[error(
        "the command line has {bytes} bytes, {} more than the {} that fit\n\
         help: shorten the values of the manifest",
        bytes - command_line::MAX_BYTES,
        command_line::MAX_BYTES
    )]
    CommandLineTooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The command line has a NUL byte, which would terminate it early.
    #[error("the command line has a NUL byte, which ends it, at byte {at}")]
    CommandLineNul {
        /// The offset of the NUL.
        at: usize,
    },
    /// The image would be larger than its format and the stub can address.
    #[error(
        "the image would have {bytes} bytes, more than the {IMAGE_MAX} that fit\n\
         help: embed less in the application; large data belongs on a block device"
    )]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// The segment table of a boot stub is too small.
    #[error("the kernel has {count} segments, the stub that loads it has room for {room}")]
    TooManySegments {
        /// The number of segments of the kernel.
        count: usize,
        /// The number of entries in the stub's table.
        room: usize,
    },
    /// The BIOS stub has another version.
    #[error(
        "the kernel's BIOS stub has layout {found}, this tool knows layout {known}\n\
         help: use the versions of `unikernel-rt` and `unikernel-build` that belong together, and build again"
    )]
    StubLayout {
        /// The stub's layout.
        found: u16,
        /// The layout that is known here.
        known: u16,
    },
    /// The BIOS stub is damaged.
    #[error("the kernel's BIOS stub is damaged: {what}")]
    Stub {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The UEFI stub has another version.
    #[error(
        "the kernel's UEFI stub has layout {found}, this tool knows layout {known}\n\
         help: use the versions of `unikernel-rt` and `unikernel-build` that belong together, and build again"
    )]
    UefiStubLayout {
        /// The stub's layout.
        found: u16,
        /// The layout that is known here.
        known: u16,
    },
    /// The UEFI stub is damaged.
    #[error("the kernel's UEFI stub is damaged: {what}")]
    UefiStub {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file is not an ISO 9660 volume.
    #[error(
        "not an ISO image\n\
         help: give one that `unikernel iso` made"
    )]
    NotIso,
    /// The volume was not written by this tool.
    #[error(
        "not an image of a unikernel: the ISO has no {missing}\n\
         help: give one that `unikernel iso` made"
    )]
    NotOurs {
        /// What it lacks.
        missing: &'static str,
    },
    /// Something lies beyond the end of the image.
    #[error(
        "the image is truncated: its {what} ends at byte {end}, but it has {length} bytes\n\
         help: copy or make the image again"
    )]
    Truncated {
        /// What is cut off.
        what: &'static str,
        /// Where it ends.
        end: u64,
        /// The length of the image.
        length: u64,
    },
    /// The image violates its format.
    #[error(
        "the image is damaged: {what} in sector {sector}\n\
         help: copy or make the image again"
    )]
    Damaged {
        /// What is wrong.
        what: &'static str,
        /// The number of the sector.
        sector: usize,
    },
}
