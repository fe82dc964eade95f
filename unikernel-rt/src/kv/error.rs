//! Errors of key-value stores.

use core::fmt;

/// An error of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// No value has this key; a folder is not a value.
    NotFound,
    /// The key contains `..`.
    BadKey,
    /// A key in a listing is too long, or too deep.
    LongKey,
    /// The value is on a device and cannot be borrowed: read it.
    NotEmbedded,
    /// The device holds no FAT volume; the text says why not.
    NotFat(&'static str),
    /// The volume is corrupt; the text says where.
    Corrupt(&'static str),
    /// An I/O error of the block device.
    Io,
}

impl Error {
    const fn text(self) -> &'static str {
        match self {
            Error::NotFound => "no value has this key",
            Error::BadKey => "a key cannot contain `..`",
            Error::LongKey => "a key of the volume has more than 255 bytes, or more than 16 parts",
            Error::NotEmbedded => "the value is not embedded: read it instead",
            Error::NotFat(text) | Error::Corrupt(text) => text,
            Error::Io => "I/O error",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Error::NotFat(_) => "not a FAT volume: ",
            Error::Corrupt(_) => "corrupt volume: ",
            _ => "",
        })?;
        formatter.write_str(self.text())
    }
}

impl core::error::Error for Error {}

impl embedded_io::Error for Error {
    fn kind(&self) -> embedded_io::ErrorKind {
        match self {
            Error::NotFound => embedded_io::ErrorKind::NotFound,
            Error::BadKey | Error::LongKey => embedded_io::ErrorKind::InvalidInput,
            Error::NotEmbedded => embedded_io::ErrorKind::Unsupported,
            Error::NotFat(_) | Error::Corrupt(_) => embedded_io::ErrorKind::InvalidData,
            Error::Io => embedded_io::ErrorKind::Other,
        }
    }
}
