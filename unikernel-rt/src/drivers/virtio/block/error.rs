//! Why a read, a write or a flush of a block device has failed.

use core::fmt;

/// Why a read, a write or a flush has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// A sector beyond the last one. The device was not asked.
    OutOfRange,
    /// The buffer is not a whole number of sectors. The device was not asked.
    Misaligned,
    /// A write to a device that is read-only, or declared to be. The device was not asked.
    ReadOnly,
    /// The device has reported a failure, or has not delivered everything.
    Io,
    /// The device has violated the virtio protocol, now or earlier, and was stopped.
    Device,
}

impl Error {
    /// What is wrong, in a few words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Error::OutOfRange => "sector out of range",
            Error::Misaligned => "buffer is not a whole number of sectors",
            Error::ReadOnly => "read-only device",
            Error::Io => "I/O error",
            Error::Device => "device stopped after a protocol violation",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

impl core::error::Error for Error {}

impl embedded_io::Error for Error {
    fn kind(&self) -> embedded_io::ErrorKind {
        match self {
            Error::OutOfRange | Error::Misaligned => embedded_io::ErrorKind::InvalidInput,
            Error::ReadOnly => embedded_io::ErrorKind::PermissionDenied,
            Error::Io | Error::Device => embedded_io::ErrorKind::Other,
        }
    }
}
