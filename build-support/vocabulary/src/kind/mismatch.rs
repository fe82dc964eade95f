//! What is wrong with a value: the reason, and the sentence about it.
//!
//! The parsers in [`value`](crate::value) return the bare [`Reason`], one byte; a [`Mismatch`] adds what is needed to
//! report it, and is only made for a report.

use core::fmt::{self, Write as _};

use super::{Kind, Shape};
use crate::value::{Magnitude, Reason};

/// A text that is not a valid value of a kind; displayed, it is the error message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mismatch<'a> {
    /// What was expected.
    pub kind: Kind<'a>,
    /// What was found.
    pub text: &'a str,
    /// What is wrong with it.
    pub reason: Reason,
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, text, reason } = self;
        match (reason, kind.shape) {
            (Reason::TooLong, Shape::Text { max_bytes }) => {
                return write!(f, "a string of {} bytes is longer than {max_bytes} bytes", text.len());
            }
            (Reason::Nul, _) => return f.write_str("a string with a NUL byte cannot be part of a command line"),
            _ if text.is_empty() => return write!(f, "an empty value is not {kind}"),
            _ => {}
        }
        write!(f, "`{}` ", Shown(text))?;
        match (reason, kind.shape) {
            (Reason::TooSmall, Shape::Integer { min, .. }) => write!(f, "is less than {}", Magnitude(min)),
            (Reason::TooLarge, Shape::Integer { max, .. }) => write!(f, "is more than {}", Magnitude(max)),
            (Reason::TooLarge, Shape::Size { max: u64::MAX, .. } | Shape::Duration) => {
                f.write_str("is too large: it does not fit 64 bits")
            }
            (Reason::UnitMissing, _) => f.write_str("lacks a unit: one of `ns`, `us`, `ms`, `s`, `m`, `h`"),
            (Reason::UnitUnknown, Shape::Size { .. }) => {
                f.write_str("has an unknown unit: the known ones are `KiB`, `MiB`, `GiB`, `TiB`")
            }
            (Reason::UnitUnknown, _) => {
                f.write_str("has an unknown unit: the known ones are `ns`, `us`, `ms`, `s`, `m`, `h`")
            }
            (Reason::TooFine, _) => f.write_str("is finer than a nanosecond"),
            (Reason::Prefix, _) => f.write_str("has a prefix that is not from 0 to 32 (IPv4) or from 0 to 128 (IPv6)"),
            _ => write!(f, "is not {kind}"),
        }
    }
}

/// Shows the beginning of a text, on one line and without what a terminal would take as a command.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, c) in self.0.chars().enumerate() {
            if index == 60 {
                return f.write_str("...");
            }
            f.write_char(if c < ' ' || c == '\x7f' { '?' } else { c })?;
        }
        Ok(())
    }
}
