//! Durations: a number with a unit, whole or with a fraction.

use core::time::Duration;

use super::Reason;
use super::{integer::digits, size::split_unit};

/// Parses a duration such as `250ms`, `1.5s` or `2m`; units are `ns`, `us`, `ms`, `s`, `m` and `h`.
///
/// # Errors
/// [`Reason::Malformed`], [`Reason::UnitMissing`], [`Reason::UnitUnknown`], [`Reason::TooFine`] below a nanosecond, or
/// [`Reason::TooLarge`] beyond 64 bits of nanoseconds (584 years).
pub const fn duration(text: &str) -> Result<Duration, Reason> {
    let (number, unit) = split_unit(text.as_bytes());
    let (whole, fraction) = split_fraction(number);
    let whole = match digits(whole, 10) {
        Ok(whole) => whole,
        Err(reason) => return Err(reason),
    };
    let unit_ns: u64 = match unit {
        b"ns" => 1,
        b"us" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        b"" => return Err(Reason::UnitMissing),
        _ => return Err(Reason::UnitUnknown),
    };
    let fraction_ns = match fraction {
        None => 0,
        Some(fraction) => match fraction_of(fraction, unit_ns) {
            Ok(fraction_ns) => fraction_ns,
            Err(reason) => return Err(reason),
        },
    };
    match whole.checked_mul(unit_ns) {
        Some(whole_ns) if whole_ns <= u64::MAX - fraction_ns => Ok(Duration::from_nanos(whole_ns + fraction_ns)),
        _ => Err(Reason::TooLarge),
    }
}

/// Splits at the decimal point, if there is one.
const fn split_fraction(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        if *byte == b'.' {
            return match bytes.split_at_checked(bytes.len() - rest.len()) {
                Some((whole, _)) => (whole, Some(after)),
                None => (bytes, None),
            };
        }
        rest = after;
    }
    (bytes, None)
}

/// The digits after the decimal point, in nanoseconds.
const fn fraction_of(mut fraction: &[u8], unit_ns: u64) -> Result<u64, Reason> {
    if fraction.is_empty() {
        return Err(Reason::Malformed);
    }
    let mut place_ns = unit_ns;
    let mut sum_ns = 0;
    let mut exact = true;
    while let [byte, rest @ ..] = fraction {
        if !byte.is_ascii_digit() {
            return Err(Reason::Malformed);
        }
        let digit = (*byte - b'0') as u64;
        exact &= digit == 0 || place_ns.is_multiple_of(10);
        place_ns /= 10;
        sum_ns += digit * place_ns;
        fraction = rest;
    }
    if exact { Ok(sum_ns) } else { Err(Reason::TooFine) }
}
