//! What an application declares: its devices and its boot arguments.
//!
//! The macro writes a [`Declaration`] as a constant; the runtime reads its arguments at boot, and [`note`](crate::note)
//! carries it in the image for the tools.

use crate::kind::Kind;

/// Everything that one application declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Declaration<'a> {
    /// The name of the application: its binary's.
    pub application: &'a str,
    /// The version of the application's package.
    pub version: &'a str,
    /// Whether `main` is an `async fn`, for which an executor is linked in.
    pub is_async: bool,
    /// The declared devices, in the order of the annotation.
    pub devices: &'a [Device<'a>],
    /// The boot arguments, those of `args(...)` and those that override options of devices.
    pub arguments: &'a [Argument<'a>],
    /// The name of the parameter that takes all other words of the command line, where there is one.
    pub rest: Option<&'a str>,
}

/// A declared device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device<'a> {
    /// What it is: `net`.
    pub kind: &'a str,
    /// What the application calls it: `lan`; without a name, its kind.
    pub name: &'a str,
    /// The options that are fixed at compile time, with their values as text.
    pub fixed: &'a [(&'a str, &'a str)],
}

/// A boot argument: a key of the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Argument<'a> {
    /// Its key: `port`, or `net.ip` for an option of a device.
    pub name: &'a str,
    /// Which values it takes.
    pub kind: Kind<'a>,
    /// The value that it has when nobody gives one.
    pub default: Option<&'a str>,
}

impl Declaration<'_> {
    /// Whether `values(...)` names this source.
    #[must_use]
    pub const fn has_values_of(&self, source: &str) -> bool {
        let mut devices = self.devices;
        while let [device, rest @ ..] = devices {
            let mut options = if is_same(device.kind, VALUES) { device.fixed } else { &[] };
            while let [(option, value), rest @ ..] = options {
                if is_same(option, source) && is_same(value, "true") {
                    return true;
                }
                options = rest;
            }
            devices = rest;
        }
        false
    }
}

/// The kind of what declares sources of values.
pub const VALUES: &str = "values";

/// What a string of SMBIOS with values begins with.
pub const SMBIOS_PREFIX: &str = "unikernel:";

/// String equality: the trait's is not const.
#[must_use]
pub const fn is_same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other) {
        if *first != *second {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

impl Argument<'_> {
    /// Whether somebody must give a value.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.default.is_none() && !self.kind.optional
    }
}

/// Whether this may be the name of a device, an option or an argument: a letter, then letters, digits, `_` and `-`.
#[must_use]
pub const fn is_name(name: &str) -> bool {
    let [b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] = name.as_bytes() else { return false };
    let mut bytes = name.as_bytes();
    while let [byte, rest @ ..] = bytes {
        if !(byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'-')) {
            return false;
        }
        bytes = rest;
    }
    true
}
