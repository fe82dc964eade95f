//! Integers: decimal, or hexadecimal after `0x`, with `_` between digits.
//!
//! Magnitudes have 64 bits, which covers every integer type from `i8` to `u64`; formatting or dividing 128 bits would
//! cost a kernel more code than all parsers together.

use core::fmt;

use super::Reason;

/// Parses an integer from `min` to `max`.
///
/// # Errors
/// [`Reason::Malformed`], [`Reason::TooSmall`] or [`Reason::TooLarge`].
pub const fn integer(text: &str, min: i128, max: i128) -> Result<i128, Reason> {
    let (negative, bytes) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        bytes => (false, bytes),
    };
    let magnitude = match bytes {
        [b'0', b'x', rest @ ..] => digits(rest, 16),
        bytes => digits(bytes, 10),
    };
    match magnitude {
        Ok(magnitude) => {
            let value = if negative { -(magnitude as i128) } else { magnitude as i128 };
            if value < min {
                Err(Reason::TooSmall)
            } else if value > max {
                Err(Reason::TooLarge)
            } else {
                Ok(value)
            }
        }
        Err(Reason::TooLarge) if negative => Err(Reason::TooSmall),
        Err(reason) => Err(reason),
    }
}

/// The value of a digit in hexadecimal, or 255: `char::to_digit` is several times the size.
pub(super) const fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => 255,
    }
}

/// Parses nothing but digits of the radix, with `_` between them.
#[inline(never)] // one copy for all that have numbers in them
pub(super) const fn digits(mut bytes: &[u8], radix: u8) -> Result<u64, Reason> {
    let mut value = 0u64;
    let mut fits = true;
    let mut after_digit = false;
    while let [byte, rest @ ..] = bytes {
        bytes = rest;
        if *byte == b'_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = digit(*byte);
        if digit >= radix {
            return Err(Reason::Malformed);
        }
        after_digit = true;
        // Goes on after an overflow: a text that is no number at all is told as such, however long it is.
        match value.checked_mul(radix as u64) {
            Some(shifted) if shifted <= u64::MAX - digit as u64 => value = shifted + digit as u64,
            _ => fits = false,
        }
    }
    match (after_digit, fits) {
        (false, _) => Err(Reason::Malformed),
        (true, false) => Err(Reason::TooLarge),
        (true, true) => Ok(value),
    }
}

/// Whether the bounds make a range of integers that the parser covers.
pub(crate) const fn is_range(min: i128, max: i128) -> bool {
    min <= max && min >= -(u64::MAX as i128) && max <= u64::MAX as i128
}

/// Shows an integer of a sign and 64 bits, without the code for 128 of them.
pub(crate) struct Magnitude(pub(crate) i128);

impl fmt::Display for Magnitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", self.0.unsigned_abs() as u64)
    }
}
