//! Constant defaults of boot arguments, formatted at compile time for the note.
//!
//! A type's format is what its parser accepts. Trait methods cannot run in constants, so each type has an inherent one.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

/// A constant to format.
pub struct Constant<T>(pub T);

/// The text of a constant.
pub enum Text {
    /// A string constant.
    Given(&'static str),
    /// The first bytes of a buffer.
    Made([u8; Self::MAX_BYTES], usize),
}

impl Text {
    /// Eight groups of an IPv6 address, which is longer than any number.
    const MAX_BYTES: usize = 39;
    const EMPTY: Self = Text::Made([0; Self::MAX_BYTES], 0);

    /// The text itself.
    pub const fn as_str(&self) -> &str {
        match self {
            Text::Given(text) => text,
            Text::Made(bytes, length) => match core::str::from_utf8(bytes.split_at(*length).0) {
                Ok(text) => text,
                Err(_) => panic!("the text of a constant is ASCII"),
            },
        }
    }

    const fn add(self, text: &[u8]) -> Self {
        let Text::Made(mut bytes, length) = self else { return self };
        let mut index = 0;
        while index < text.len() {
            bytes[length + index] = text[index];
            index += 1;
        }
        Text::Made(bytes, length + text.len())
    }

    const fn add_number(self, number: u128, radix: u8) -> Self {
        let before = if number >= radix as u128 { self.add_number(number / radix as u128, radix) } else { self };
        before.add(&[b"0123456789abcdef"[(number % radix as u128) as usize]])
    }

    const fn add_v4(self, address: Ipv4Addr) -> Self {
        let [a, b, c, d] = address.octets();
        let text = self.add_number(a as u128, 10).add(b".").add_number(b as u128, 10);
        text.add(b".").add_number(c as u128, 10).add(b".").add_number(d as u128, 10)
    }

    const fn add_v6(self, address: Ipv6Addr) -> Self {
        let groups = address.segments();
        let mut text = self.add_number(groups[0] as u128, 16);
        let mut index = 1;
        while index < groups.len() {
            text = text.add(b":").add_number(groups[index] as u128, 16);
            index += 1;
        }
        text
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Constant<$type> {
            /// In decimal.
            #[allow(clippy::cast_lossless, unused_comparisons)] // one text for types with a sign and without
            pub const fn text(self) -> Text {
                let text = if self.0 < 0 { Text::EMPTY.add(b"-") } else { Text::EMPTY };
                text.add_number((self.0 as i128).unsigned_abs(), 10)
            }
        }
    )*};
}
integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl Constant<&'static str> {
    /// Unchanged.
    pub const fn text(self) -> Text {
        Text::Given(self.0)
    }
}

impl Constant<bool> {
    /// `true` or `false`.
    pub const fn text(self) -> Text {
        Text::Given(if self.0 { "true" } else { "false" })
    }
}

impl Constant<Ipv4Addr> {
    /// Four numbers.
    pub const fn text(self) -> Text {
        Text::EMPTY.add_v4(self.0)
    }
}

impl Constant<Ipv6Addr> {
    /// Eight groups.
    pub const fn text(self) -> Text {
        Text::EMPTY.add_v6(self.0)
    }
}

impl Constant<IpAddr> {
    /// As an address of its family.
    pub const fn text(self) -> Text {
        match self.0 {
            IpAddr::V4(address) => Text::EMPTY.add_v4(address),
            IpAddr::V6(address) => Text::EMPTY.add_v6(address),
        }
    }
}

impl Constant<Duration> {
    /// In nanoseconds.
    pub const fn text(self) -> Text {
        Text::EMPTY.add_number(self.0.as_nanos(), 10).add(b"ns")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::Constant;
    use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use core::time::Duration;
    use std::string::ToString;
    use unikernel_vocabulary::{Kind, value};

    #[test]
    fn integers_are_written_in_decimal() {
        const PORT: &super::Text = &Constant(8080u16).text();
        assert_eq!(PORT.as_str(), "8080");
        for number in [i64::MIN, -1, 0, 7, 10, i64::MAX] {
            assert_eq!(Constant(number).text().as_str(), number.to_string());
        }
        assert_eq!(Constant(u64::MAX).text().as_str(), u64::MAX.to_string());
        assert_eq!(Constant(i8::MIN).text().as_str(), "-128");
    }

    #[test]
    fn every_text_is_read_as_the_constant() {
        for bits in [0, 1, 0x0a00_0002, u32::MAX] {
            let address = Ipv4Addr::from_bits(bits);
            assert_eq!(Constant(address).text().as_str(), address.to_string());
            assert_eq!(Constant(IpAddr::V4(address)).text().as_str(), address.to_string());
        }
        for bits in [0, 1, 0xfd00 << 112 | 2, u128::MAX] {
            let address = Ipv6Addr::from_bits(bits);
            assert_eq!(value::address_v6(Constant(address).text().as_str()), Ok(address));
            assert_eq!(value::address_v6(Constant(IpAddr::V6(address)).text().as_str()), Ok(address));
        }
        for duration in [Duration::ZERO, Duration::from_millis(250), Duration::from_nanos(u64::MAX)] {
            assert_eq!(value::duration(Constant(duration).text().as_str()), Ok(duration));
        }
        assert!(Kind::DURATION.check(Constant(Duration::MAX).text().as_str()).is_err(), "too long for any argument");
    }

    #[test]
    fn texts_and_words_are_as_they_are() {
        assert_eq!(Constant("größer").text().as_str(), "größer");
        assert_eq!(Constant(true).text().as_str(), "true");
        assert_eq!(Constant(false).text().as_str(), "false");
    }
}
