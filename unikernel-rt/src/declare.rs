//! Short constructors for the declaration that the attribute emits, so that an expansion can be read.
//!
//! All of it is const evaluation: of the table of devices, which is searched here, nothing reaches an image.

use crate::from_arg::FromArg;
use unikernel_vocabulary::{Argument, DEVICES, Device, OptionSpec};

/// A declared device, and its options that are fixed at compile time.
pub const fn device(
    kind: &'static str,
    name: &'static str,
    fixed: &'static [(&'static str, &'static str)],
) -> Device<'static> {
    Device { kind, name, fixed }
}

/// A boot argument without a default.
pub const fn argument<T: FromArg>(name: &'static str) -> Argument<'static> {
    Argument { name, kind: T::KIND, default: None }
}

/// A boot argument with a default.
pub const fn argument_or<T: FromArg>(name: &'static str, default: &'static str) -> Argument<'static> {
    Argument { name, kind: T::KIND, default: Some(default) }
}

/// The boot argument `name`, which sets `option` of a device of `kind`, with the option's own default if it has one.
pub const fn boot_option(kind: &str, option: &str, name: &'static str) -> Argument<'static> {
    let spec = option_spec(kind, option);
    Argument { name, kind: spec.kind, default: spec.default }
}

/// The boot argument `name`, which sets `option` of a device of `kind`, with a default.
pub const fn boot_option_or(kind: &str, option: &str, name: &'static str, default: &'static str) -> Argument<'static> {
    Argument { name, kind: option_spec(kind, option).kind, default: Some(default) }
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

/// Equality of texts: the trait's is not const.
const fn is_same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other) {
        if *first != *second {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{argument, argument_or, boot_option, boot_option_or};
    use unikernel_vocabulary::{DEVICES, Kind, When};

    #[test]
    fn every_option_that_is_settled_at_boot_is_found() {
        let options = DEVICES.iter().flat_map(|device| device.options.iter().map(|option| (device.kind, option)));
        for (kind, option) in options.filter(|(_, option)| option.when == When::Boot) {
            let found = boot_option(kind, option.name, "its name");
            assert_eq!((found.name, found.kind, found.default), ("its name", option.kind, option.default));
            let found = boot_option_or(kind, option.name, "its name", "its default");
            assert_eq!((found.kind, found.default), (option.kind, Some("its default")));
        }
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
        assert_eq!((argument::<bool>("a").kind, argument::<bool>("a").default), (Kind::BOOL, None));
        assert_eq!(argument_or::<u8>("b", "3").kind, Kind::integer(0, 255));
        assert_eq!(argument_or::<u8>("b", "3").default, Some("3"));
    }
}
