//! Sizes: a number of bytes, in binary units where wanted.

use core::fmt;

use super::Reason;
use super::integer::digits;

/// Parses a size such as `4096`, `64KiB` or `2GiB` into bytes.
///
/// # Errors
/// [`Reason::Malformed`], [`Reason::UnitUnknown`], or [`Reason::TooLarge`] beyond 64 bits.
pub const fn size(text: &str) -> Result<u64, Reason> {
    let (number, unit) = split_unit(text.as_bytes());
    let shift = match unit {
        b"" => 0,
        b"KiB" => 10,
        b"MiB" => 20,
        b"GiB" => 30,
        b"TiB" => 40,
        _ => return Err(Reason::UnitUnknown),
    };
    match digits(number, 10) {
        Ok(number) if number <= u64::MAX >> shift => Ok(number << shift),
        Ok(_) => Err(Reason::TooLarge),
        Err(reason) => Err(reason),
    }
}

/// Parses a size from `min` to `max` bytes.
///
/// # Errors
/// Those of [`size`], and [`Reason::TooSmall`] or [`Reason::TooLarge`] outside of the range.
pub const fn size_in(text: &str, min: u64, max: u64) -> Result<u64, Reason> {
    match size(text) {
        Ok(bytes) if bytes < min => Err(Reason::TooSmall),
        Ok(bytes) if bytes > max => Err(Reason::TooLarge),
        result => result,
    }
}

/// Shows a number of bytes in the largest unit that it is a whole number of.
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(mut number) = *self;
        let mut units = ["KiB", "MiB", "GiB", "TiB"].iter();
        let mut unit = " bytes";
        while number != 0 && number.is_multiple_of(1024) {
            let Some(next) = units.next() else { break };
            (number, unit) = (number / 1024, next);
        }
        write!(f, "{number}{unit}")
    }
}

/// Splits before the letters at the end; a text without a leading digit has no unit, so that it is told to be malformed.
pub(super) const fn split_unit(bytes: &[u8]) -> (&[u8], &[u8]) {
    let [b'0'..=b'9', ..] = bytes else { return (bytes, &[]) };
    let mut number = bytes;
    while let [rest @ .., b'a'..=b'z' | b'A'..=b'Z'] = number {
        number = rest;
    }
    match bytes.split_at_checked(number.len()) {
        Some(parts) => parts,
        None => (bytes, &[]),
    }
}
