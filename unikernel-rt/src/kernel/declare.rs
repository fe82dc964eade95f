//! Short constructors for the declaration that the attribute emits, so that an expansion can be read.
//!
//! All of it is const evaluation: the table of devices, which is searched here, does not reach the image.

use crate::kernel::from_arg::FromArg;
#[cfg(any(feature = "log", feature = "net"))]
use unikernel_vocabulary::When;
use unikernel_vocabulary::declaration::is_same;
use unikernel_vocabulary::{Argument as Declared, DEVICES, Device, Kind, Mismatch, OptionSpec, Reason, Shape};

/// An argument of the application: its declaration, and how its values are read.
///
/// It is made in one place and used in two, so that an unsupported type gives one error.
pub struct Argument<T> {
    /// The declaration in the image's note.
    pub declared: Declared<'static>,
    pub(crate) parse: fn(&'static str) -> Option<T>,
    pub(crate) absent: fn() -> Option<T>,
    /// Explains why a text does not parse. Selected by type, so that parsers of other types are not linked.
    pub(crate) mismatch: fn(&'static str) -> Mismatch<'static>,
}

impl<T: FromArg> Argument<T> {
    pub(crate) const fn new(declared: Declared<'static>) -> Self {
        Argument { declared, parse: T::parse, absent: T::absent, mismatch: mismatch::<T> }
    }
}

fn mismatch<T: FromArg>(text: &'static str) -> Mismatch<'static> {
    let malformed = Mismatch { kind: T::KIND, text, reason: Reason::Malformed };
    T::KIND.check(text).err().unwrap_or(malformed)
}

/// The declaration of the package that is being compiled, in which nothing is declared yet.
#[doc(hidden)]
#[macro_export]
macro_rules! __package {
    () => {
        $crate::__package!(::core::env!("CARGO_BIN_NAME"))
    };
    ($name:expr) => {
        $crate::__private::Declaration {
            application: $name,
            version: ::core::env!("CARGO_PKG_VERSION"),
            is_async: false,
            devices: &[],
            arguments: &[],
            rest: ::core::option::Option::None,
        }
    };
}

/// A declared device, and its options that are fixed at compile time.
pub const fn device(
    kind: &'static str,
    name: &'static str,
    fixed: &'static [(&'static str, &'static str)],
) -> Device<'static> {
    Device { kind, name, fixed }
}

/// An argument without a default.
pub const fn argument<T: FromArg>(name: &'static str) -> Argument<T> {
    Argument::new(Declared { name, kind: T::KIND, default: None })
}

/// An argument with a default.
///
/// # Panics
/// Panics where the default is not valid for the type: a compile error in a constant.
pub const fn argument_or<T: FromArg>(name: &'static str, default: &'static str) -> Argument<T> {
    if T::KIND.check(default).is_err() {
        let message = Message::new(name, &T::KIND, default);
        panic!("{}", message.as_str());
    }
    Argument::new(Declared { name, kind: T::KIND, default: Some(default) })
}

/// The boot argument `name`, which sets `option` of a device of `kind`, with the option's own default if it has one.
pub const fn boot_option(kind: &str, option: &str, name: &'static str) -> Declared<'static> {
    let spec = option_spec(kind, option);
    Declared { name, kind: spec.kind, default: spec.default }
}

/// The boot argument `name`, which sets `option` of a device of `kind` and must be given.
pub const fn boot_option_required(kind: &str, option: &str, name: &'static str) -> Declared<'static> {
    Declared { name, kind: Kind { optional: false, ..option_spec(kind, option).kind }, default: None }
}

/// The boot argument `name`, which sets `option` of a device of `kind`, with a default.
pub const fn boot_option_or(kind: &str, option: &str, name: &'static str, default: &'static str) -> Declared<'static> {
    Declared { name, kind: option_spec(kind, option).kind, default: Some(default) }
}

/// The position of a boot option among those of its device, which is its offset from the device's first boot argument.
#[cfg(any(feature = "log", feature = "net"))]
pub(crate) const fn option_position(kind: &str, option: &str) -> usize {
    let mut devices = DEVICES;
    while let [device, rest @ ..] = devices {
        let mut options = if is_same(device.kind, kind) { device.options } else { &[] };
        let mut position = 0;
        while let [spec, rest @ ..] = options {
            if let When::Boot = spec.when {
                if is_same(spec.name, option) {
                    return position;
                }
                position += 1;
            }
            options = rest;
        }
        devices = rest;
    }
    panic!("no such option")
}

/// Finds an option in the vocabulary.
const fn option_spec(kind: &str, option: &str) -> &'static OptionSpec {
    let mut devices = DEVICES;
    while let [device, rest @ ..] = devices {
        let mut options = if is_same(device.kind, kind) { device.options } else { &[] };
        while let [spec, rest @ ..] = options {
            if is_same(spec.name, option) {
                return spec;
            }
            options = rest;
        }
        devices = rest;
    }
    panic!("no such option: runtime and macro are of different versions")
}

/// The error message for a default, formatted at compile time.
struct Message {
    bytes: [u8; Self::MAX_BYTES],
    length: usize,
}

impl Message {
    const MAX_BYTES: usize = 1024;

    const fn new(name: &str, kind: &Kind<'_>, default: &str) -> Self {
        let empty = Message { bytes: [0; Self::MAX_BYTES], length: 0 };
        let message = empty.add("`").add(default).add("` is not ");
        let Shape::Words(words) = kind.shape else {
            return message.add("a value of the type of `").add(name).add("`: see the type's `KIND`");
        };
        let (words, mut message) = (words.as_bytes(), message.add("one of `"));
        let mut index = 0;
        while index < words.len() {
            message = if words[index] == b'|' { message.add("`, `") } else { message.add_byte(words[index]) };
            index += 1;
        }
        message.add("`")
    }

    const fn add(mut self, text: &str) -> Self {
        let mut bytes = text.as_bytes();
        while let [byte, rest @ ..] = bytes {
            self = self.add_byte(*byte);
            bytes = rest;
        }
        self
    }

    /// Adds a byte; long messages are truncated.
    const fn add_byte(mut self, byte: u8) -> Self {
        if self.length < Self::MAX_BYTES {
            self.bytes[self.length] = byte;
            self.length += 1;
        }
        self
    }

    const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "the default is not a value of its type",
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Message, argument, argument_or, boot_option, boot_option_or, boot_option_required, option_position};
    use unikernel_vocabulary::{DEVICES, Kind, When};

    #[test]
    fn every_option_that_is_settled_at_boot_is_found() {
        let options = DEVICES.iter().flat_map(|device| device.options.iter().map(|option| (device.kind, option)));
        for (kind, option) in options.filter(|(_, option)| option.when == When::Boot) {
            let found = boot_option(kind, option.name, "its name");
            assert_eq!((found.name, found.kind, found.default), ("its name", option.kind, option.default));
            let found = boot_option_required(kind, option.name, "its name");
            assert_eq!((found.kind.shape, found.is_required()), (option.kind.shape, true));
            let found = boot_option_or(kind, option.name, "its name", "its default");
            assert_eq!((found.kind, found.default), (option.kind, Some("its default")));
        }
    }

    #[test]
    fn boot_options_have_the_positions_of_their_arguments() {
        for device in DEVICES {
            let options = device.options.iter().filter(|option| option.when == When::Boot);
            for (position, option) in options.enumerate() {
                assert_eq!(option_position(device.kind, option.name), position, "{}.{}", device.kind, option.name);
            }
        }
    }

    #[test]
    #[should_panic(expected = "no such option")]
    fn an_option_that_is_fixed_at_compile_time_has_no_position() {
        option_position("net", "mtu");
    }

    #[test]
    #[should_panic(expected = "no such option")]
    fn an_option_of_another_device_is_not_found() {
        boot_option("console", "level", "console.level");
    }

    #[test]
    #[should_panic(expected = "no such option")]
    fn a_longer_name_is_not_found() {
        boot_option("log", "levels", "log.levels");
    }

    #[test]
    fn arguments_have_the_kind_of_their_type() {
        let declared = argument::<bool>("a").declared;
        assert_eq!((declared.kind, declared.default), (Kind::BOOL, None));
        let declared = argument_or::<u8>("b", "3").declared;
        assert_eq!((declared.kind, declared.default), (Kind::integer(0, 255), Some("3")));
    }

    #[test]
    #[should_panic(expected = "`256` is not a value of the type of `b`: see the type's `KIND`")]
    fn a_default_that_the_type_does_not_take() {
        argument_or::<u8>("b", "256");
    }

    #[test]
    fn the_message_lists_words_and_is_cut_off_where_it_is_too_long() {
        let message = Message::new("color", &Kind::words("red|green"), "purple");
        assert_eq!(message.as_str(), "`purple` is not one of `red`, `green`");
        let long = "x".repeat(2 * Message::MAX_BYTES);
        assert_eq!(Message::new("a", &Kind::BOOL, &long).as_str().len(), Message::MAX_BYTES);
        let cut = "é".repeat(Message::MAX_BYTES);
        assert_eq!(Message::new("a", &Kind::BOOL, &cut).as_str(), "the default is not a value of its type");
    }
}
