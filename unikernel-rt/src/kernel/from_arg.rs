//! Types that a boot argument may have.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use unikernel_vocabulary::command_line::MAX_BYTES;
use unikernel_vocabulary::value::{self, AddressPrefix};
use unikernel_vocabulary::{Family, Kind};

/// A type that a parameter declared in `args(...)` may have.
///
/// Tools know the type by its kind: a manifest is checked against it before the machine starts, and a default at compile time.
/// [`FromArg::parse`] must accept whatever the kind accepts.
///
/// ```
/// use unikernel_rt::{FromArg, Kind};
///
/// enum Color { Red, Green }
///
/// impl FromArg for Color {
///     const KIND: Kind<'static> = Kind::words("red|green");
///
///     fn parse(text: &'static str) -> Option<Self> {
///         match text {
///             "red" => Some(Color::Red),
///             "green" => Some(Color::Green),
///             _ => None,
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a boot argument",
    label = "not a valid boot argument type",
    note = "help: take an integer, `bool`, `&'static str`, an IP address, `Duration` or an `Option` of one, or implement `FromArg`"
)]
pub trait FromArg: Sized {
    /// Which values the type takes.
    const KIND: Kind<'static>;

    /// Parses a value; `None` if it is not valid.
    fn parse(text: &'static str) -> Option<Self>;

    /// The value of an argument that is not given and has no default: `None`, unless the type is optional.
    fn absent() -> Option<Self> {
        None
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl FromArg for $integer {
            const KIND: Kind<'static> = Kind::integer(<$integer>::MIN as i128, <$integer>::MAX as i128);

            fn parse(text: &'static str) -> Option<Self> {
                value::integer(text, <$integer>::MIN as i128, <$integer>::MAX as i128).ok().map(|value| value as $integer)
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl FromArg for bool {
    const KIND: Kind<'static> = Kind::BOOL;

    fn parse(text: &'static str) -> Option<Self> {
        value::boolean(text).ok()
    }
}

impl FromArg for &'static str {
    const KIND: Kind<'static> = Kind::text(MAX_BYTES as u16);

    fn parse(text: &'static str) -> Option<Self> {
        Some(text)
    }
}

impl FromArg for Ipv4Addr {
    const KIND: Kind<'static> = Kind::ADDRESS_V4;

    fn parse(text: &'static str) -> Option<Self> {
        value::address_v4(text).ok()
    }
}

impl FromArg for Ipv6Addr {
    const KIND: Kind<'static> = Kind::ADDRESS_V6;

    fn parse(text: &'static str) -> Option<Self> {
        value::address_v6(text).ok()
    }
}

impl FromArg for IpAddr {
    const KIND: Kind<'static> = Kind::ADDRESS;

    fn parse(text: &'static str) -> Option<Self> {
        value::address(text, Family::Any).ok()
    }
}

impl FromArg for AddressPrefix {
    const KIND: Kind<'static> = Kind::ADDRESS_PREFIX;

    fn parse(text: &'static str) -> Option<Self> {
        value::address_prefix(text, Family::Any).ok()
    }
}

impl FromArg for Duration {
    const KIND: Kind<'static> = Kind::DURATION;

    fn parse(text: &'static str) -> Option<Self> {
        value::duration(text).ok()
    }
}

impl<T: FromArg> FromArg for Option<T> {
    const KIND: Kind<'static> = T::KIND.optional();

    fn parse(text: &'static str) -> Option<Self> {
        T::parse(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}
