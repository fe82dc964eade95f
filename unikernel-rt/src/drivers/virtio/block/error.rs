//! Why a transfer has failed.

use core::fmt;

/// Why a transfer has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlockError {
    /// It reaches beyond the last sector. The device was not asked.
    OutOfRange,
    /// Its length is no multiple of the sector size. The device was not asked.
    Misaligned,
    /// It is a write, and the device is read-only or declared to be. The device was not asked.
    ReadOnly,
    /// The device has reported a failure, or has not delivered everything.
    Io,
    /// The device has broken the rules of virtio, now or earlier, and was stopped.
    Device,
}

impl BlockError {
    /// What is wrong, in a few words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            BlockError::OutOfRange => "beyond the last sector",
            BlockError::Misaligned => "not a whole number of sectors",
            BlockError::ReadOnly => "the device is read-only",
            BlockError::Io => "the device has failed to do it",
            BlockError::Device => "the device has broken the rules and was stopped",
        }
    }
}

impl fmt::Display for BlockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

impl core::error::Error for BlockError {}
