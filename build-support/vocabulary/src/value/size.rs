//! Sizes: a number of bytes, in binary units where wanted.

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
