//! Kinds of values: the closed grammar of everything that can be configured.
//!
//! A [`Kind`] is plain data, so that it can stand in a constant, travel in the note of an image and be checked by the
//! compiler, by the tool and at boot with the same result. The parsers behind [`Kind::check`] are in [`value`]; a kernel
//! calls the one it needs directly, because `check` refers to all of them.

use core::fmt;

use crate::value::{self, Bytes, Family, Magnitude, Reason};

mod mismatch;

pub use mismatch::Mismatch;

/// Which values an argument or an option takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind<'a> {
    /// The grammar of a value.
    pub shape: Shape<'a>,
    /// Whether there may be no value at all.
    pub optional: bool,
}

/// The grammar of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape<'a> {
    /// An integer of at most 64 bits: decimal, or hexadecimal after `0x`, `_` between digits.
    Integer {
        /// The least value.
        min: i128,
        /// The greatest value.
        max: i128,
    },
    /// `true` or `false`.
    Bool,
    /// Any UTF-8 without a NUL, which would end a command line.
    Text {
        /// The greatest length in bytes.
        max_bytes: u16,
    },
    /// An IP address.
    Address(Family),
    /// An IP address and the length of its network's prefix; without one, 24 (IPv4) or 64 (IPv6).
    AddressPrefix(Family),
    /// A number with a unit from `ns` to `h`.
    Duration,
    /// Six bytes in hexadecimal, with `:` in between.
    Mac,
    /// A number of bytes, with `KiB`, `MiB`, `GiB` or `TiB` where wanted.
    Size {
        /// The least number of bytes.
        min: u64,
        /// The greatest number of bytes.
        max: u64,
    },
    /// One of these words, which are separated by `|`.
    Words(&'a str),
}

impl Kind<'static> {
    /// `true` or `false`.
    pub const BOOL: Self = Self::of(Shape::Bool);
    /// An address of either family.
    pub const ADDRESS: Self = Self::of(Shape::Address(Family::Any));
    /// An IPv4 address.
    pub const ADDRESS_V4: Self = Self::of(Shape::Address(Family::V4));
    /// An IPv6 address.
    pub const ADDRESS_V6: Self = Self::of(Shape::Address(Family::V6));
    /// An address of either family and its prefix.
    pub const ADDRESS_PREFIX: Self = Self::of(Shape::AddressPrefix(Family::Any));
    /// An IPv4 address and its prefix.
    pub const ADDRESS_PREFIX_V4: Self = Self::of(Shape::AddressPrefix(Family::V4));
    /// An IPv6 address and its prefix.
    pub const ADDRESS_PREFIX_V6: Self = Self::of(Shape::AddressPrefix(Family::V6));
    /// A span of time.
    pub const DURATION: Self = Self::of(Shape::Duration);
    /// A MAC address.
    pub const MAC: Self = Self::of(Shape::Mac);
    /// A number of bytes.
    pub const SIZE: Self = Self::size(0, u64::MAX);

    /// An integer from `min` to `max`, both included.
    ///
    /// # Panics
    /// When the range is empty or a bound needs more than 64 bits: in a constant, an error of the compiler.
    #[must_use]
    pub const fn integer(min: i128, max: i128) -> Self {
        assert!(value::is_range(min, max), "an integer kind needs min <= max, each of at most 64 bits");
        Self::of(Shape::Integer { min, max })
    }

    /// A number of bytes from `min` to `max`, both included.
    ///
    /// # Panics
    /// When the range is empty: in a constant, an error of the compiler.
    #[must_use]
    pub const fn size(min: u64, max: u64) -> Self {
        assert!(min <= max, "a size kind needs min <= max");
        Self::of(Shape::Size { min, max })
    }

    /// A text of at most `max_bytes` bytes.
    #[must_use]
    pub const fn text(max_bytes: u16) -> Self {
        Self::of(Shape::Text { max_bytes })
    }
}

impl<'a> Kind<'a> {
    const fn of(shape: Shape<'a>) -> Self {
        Self { shape, optional: false }
    }

    /// One of the words in `words`, which are separated by `|`.
    #[must_use]
    pub const fn words(words: &'a str) -> Self {
        Self::of(Shape::Words(words))
    }

    /// The same kind, of which there may be no value.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// Checks a value that is given as text.
    ///
    /// # Errors
    /// What is wrong with the value, ready to be shown.
    ///
    /// ```
    /// # use unikernel_vocabulary::Kind;
    /// assert!(Kind::integer(0, 65535).check("8080").is_ok());
    /// assert!(Kind::words("red|green|blue").check("purple").is_err());
    /// const _: () = assert!(Kind::DURATION.check("250ms").is_ok()); // at compile time as well
    /// ```
    #[allow(clippy::inline_always)] // a kernel checks a constant kind: inlined, what is left is the one parser it needs
    #[inline(always)]
    pub const fn check(&self, text: &'a str) -> Result<(), Mismatch<'a>> {
        let reason = match self.shape {
            Shape::Integer { min, max } => reason_of!(value::integer(text, min, max)),
            Shape::Bool => reason_of!(value::boolean(text)),
            Shape::Text { max_bytes } => reason_of!(value::text(text, max_bytes)),
            Shape::Address(family) => reason_of!(value::address(text, family)),
            Shape::AddressPrefix(family) => reason_of!(value::address_prefix(text, family)),
            Shape::Duration => reason_of!(value::duration(text)),
            Shape::Mac => reason_of!(value::mac(text)),
            Shape::Size { min, max } => reason_of!(value::size_in(text, min, max)),
            Shape::Words(words) => reason_of!(value::word(text, words)),
        };
        match reason {
            None => Ok(()),
            Some(reason) => Err(Mismatch { kind: *self, text, reason }),
        }
    }
}

/// The reason why a parser refused, if it did: `Result::err` is not const.
macro_rules! reason_of {
    ($result:expr) => {
        match $result {
            Ok(_) => None::<Reason>,
            Err(reason) => Some(reason),
        }
    };
}
use reason_of;

impl fmt::Display for Kind<'_> {
    /// Says what is expected: "an integer from 0 to 65535", "one of `red`, `green`, `blue`".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shape {
            Shape::Integer { min, max } => write!(f, "an integer from {} to {}", Magnitude(min), Magnitude(max)),
            Shape::Bool => f.write_str("`true` or `false`"),
            Shape::Text { max_bytes } => write!(f, "a string of at most {max_bytes} bytes"),
            Shape::Address(Family::V4) => f.write_str("an IPv4 address such as `10.0.0.2`"),
            Shape::Address(Family::V6) => f.write_str("an IPv6 address such as `fd00::2`"),
            Shape::Address(Family::Any) => f.write_str("an IP address such as `10.0.0.2`"),
            Shape::AddressPrefix(Family::V4) => f.write_str("an IPv4 address with a prefix such as `10.0.0.2/24`"),
            Shape::AddressPrefix(Family::V6) => f.write_str("an IPv6 address with a prefix such as `fd00::2/64`"),
            Shape::AddressPrefix(Family::Any) => f.write_str("an IP address with a prefix such as `10.0.0.2/24`"),
            Shape::Duration => f.write_str("a duration such as `250ms`, `1.5s` or `2m`"),
            Shape::Mac => f.write_str("a MAC address such as `52:54:00:12:34:56`"),
            Shape::Size { min: 0, max: u64::MAX } => f.write_str("a size such as `4096`, `64KiB` or `1MiB`"),
            Shape::Size { min, max } => write!(f, "a size from {} to {}, such as `16MiB`", Bytes(min), Bytes(max)),
            Shape::Words(words) => {
                f.write_str("one of ")?;
                for (index, word) in words.split('|').enumerate() {
                    f.write_str(if index == 0 { "`" } else { ", `" })?;
                    f.write_str(word)?;
                    f.write_str("`")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
