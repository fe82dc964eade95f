//! Why an image cannot be made or read.

use unikernel_vocabulary::command_line;

use super::IMAGE_MAX;
use crate::elf;

/// Why an image cannot be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel is not in order.
    #[error(transparent)]
    Elf(#[from] elf::Error),
    /// The command line is longer than a kernel takes.
    #[error(
        "the command line has {bytes} bytes, {} more than the {} that fit\n\
         help: shorten the values of the manifest",
        bytes - command_line::MAX_BYTES,
        command_line::MAX_BYTES
    )]
    CommandLineTooLong {
        /// Its length.
        bytes: usize,
    },
    /// The command line would end early.
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
    /// A stub's table has no room for all segments.
    #[error("the kernel has {count} segments, the stub that loads it has room for {room}")]
    TooManySegments {
        /// The number of segments.
        count: usize,
        /// The number of those that fit.
        room: usize,
    },
    /// The stub is of another version.
    #[error(
        "the kernel's BIOS stub has layout {found}, this tool knows layout {known}\n\
         help: use the versions of `unikernel-rt` and `build-support` that belong together, and build again"
    )]
    StubLayout {
        /// The stub's layout.
        found: u16,
        /// The layout that is known here.
        known: u16,
    },
    /// The stub is no stub.
    #[error("the kernel's BIOS stub is damaged: {what}")]
    Stub {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The stub for UEFI is of another version.
    #[error(
        "the kernel's UEFI stub has layout {found}, this tool knows layout {known}\n\
         help: use the versions of `unikernel-rt` and `build-support` that belong together, and build again"
    )]
    UefiStubLayout {
        /// The stub's layout.
        found: u16,
        /// The layout that is known here.
        known: u16,
    },
    /// The stub for UEFI is no stub.
    #[error("the kernel's UEFI stub is damaged: {what}")]
    UefiStub {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The bytes are no ISO 9660 volume.
    #[error(
        "not an ISO image\n\
         help: give one that `unikernel iso` made"
    )]
    NotIso,
    /// The volume is somebody else's.
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
    /// Something in the image is not as its format demands.
    #[error(
        "the image is damaged: {what} in sector {sector}\n\
         help: copy or make the image again"
    )]
    Damaged {
        /// What is wrong.
        what: &'static str,
        /// Where.
        sector: usize,
    },
}
