//! What is said about kinds and about values that are none of them, and random values for every kind.

use std::{string::ToString, vec};

use super::*;
use crate::random::{self, cases};

const PORT: Kind<'static> = Kind::integer(1, 65535);
const COLOUR: Kind<'static> = Kind::words("red|green|blue");

#[test]
fn says_what_is_expected() {
    for (kind, wanted) in [
        (Kind::integer(-5, 65535), "an integer from -5 to 65535"),
        (
            Kind::integer(i64::MIN.into(), u64::MAX.into()),
            "an integer from -9223372036854775808 to 18446744073709551615",
        ),
        (Kind::BOOL, "`true` or `false`"),
        (Kind::text(20), "a string of at most 20 bytes"),
        (Kind::ADDRESS_V4, "an IPv4 address such as `10.0.0.2`"),
        (Kind::ADDRESS_PREFIX, "an IP address with a prefix such as `10.0.0.2/24`"),
        (Kind::DURATION, "a duration such as `250ms`, `1.5s` or `2m`"),
        (Kind::MAC, "a MAC address such as `52:54:00:12:34:56`"),
        (Kind::SIZE, "a size such as `4096`, `64KiB` or `1MiB`"),
        (Kind::size(512, 3 << 30), "a size from 512 bytes to 3GiB, such as `16MiB`"),
        (Kind::size(0, (1 << 40) + 1024), "a size from 0 bytes to 1073741825KiB, such as `16MiB`"),
        (COLOUR, "one of `red`, `green`, `blue`"),
        (Kind::words("only"), "one of `only`"),
    ] {
        assert_eq!(kind.to_string(), wanted);
    }
}

#[test]
fn says_what_is_wrong() {
    for (kind, text, wanted) in [
        (PORT, "70000", "`70000` is more than 65535"),
        (PORT, "0", "`0` is less than 1"),
        (PORT, "99999999999999999999", "`99999999999999999999` is more than 65535"),
        (PORT, "http", "`http` is not an integer from 1 to 65535"),
        (PORT, "\x1b[31m\n", "`?[31m?` is not an integer from 1 to 65535"),
        (PORT, "", "an empty value is not an integer from 1 to 65535"),
        (Kind::BOOL, "yes", "`yes` is not `true` or `false`"),
        (Kind::text(3), "four", "a string of 4 bytes is longer than 3 bytes"),
        (Kind::text(3), "a\0", "a string with a NUL byte cannot be part of a command line"),
        (COLOUR, "purple", "`purple` is not one of `red`, `green`, `blue`"),
        (Kind::DURATION, "250", "`250` lacks a unit: one of `ns`, `us`, `ms`, `s`, `m`, `h`"),
        (Kind::DURATION, "1d", "`1d` has an unknown unit: the known ones are `ns`, `us`, `ms`, `s`, `m`, `h`"),
        (Kind::DURATION, "0.1ns", "`0.1ns` is finer than a nanosecond"),
        (Kind::SIZE, "1MB", "`1MB` has an unknown unit: the known ones are `KiB`, `MiB`, `GiB`, `TiB`"),
        (Kind::SIZE, "99999999TiB", "`99999999TiB` is too large: it does not fit 64 bits"),
        (Kind::size(4096, 1 << 30), "0", "`0` is not a size from 4KiB to 1GiB, such as `16MiB`"),
        (Kind::size(4096, 1 << 30), "4095", "`4095` is not a size from 4KiB to 1GiB, such as `16MiB`"),
        (Kind::size(4096, 1 << 30), "64TiB", "`64TiB` is not a size from 4KiB to 1GiB, such as `16MiB`"),
        (Kind::size(4096, 1 << 30), "99999999TiB", "`99999999TiB` is not a size from 4KiB to 1GiB, such as `16MiB`"),
        (
            Kind::ADDRESS_PREFIX_V4,
            "10.0.0.2/33",
            "`10.0.0.2/33` has a prefix that is not from 0 to 32 (IPv4) or from 0 to 128 (IPv6)",
        ),
        (Kind::ADDRESS_V6, "10.0.0.2", "`10.0.0.2` is not an IPv6 address such as `fd00::2`"),
    ] {
        assert_eq!(kind.check(text).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn checks_in_constants() {
    const _: () = assert!(PORT.check("8080").is_ok() && PORT.check("0").is_err());
    const _: () = assert!(COLOUR.check("green").is_ok() && COLOUR.check("purple").is_err());
    const _: () = assert!(Kind::ADDRESS.check("fd00::2").is_ok() && Kind::ADDRESS_V4.check("10.0.0").is_err());
    const _: () = assert!(Kind::ADDRESS_PREFIX.check("10.0.0.2/24").is_ok() && Kind::DURATION.check("1.5s").is_ok());
    const _: () = assert!(Kind::MAC.check("52:54:00:12:34:56").is_ok() && Kind::SIZE.check("64KiB").is_ok());
}

#[test]
#[should_panic(expected = "min <= max")]
fn refuses_an_empty_range() {
    let _ = Kind::integer(2, 1);
}

#[test]
#[should_panic(expected = "at most 64 bits")]
fn refuses_a_bound_beyond_64_bits() {
    let _ = Kind::integer(0, 1 << 64);
}

#[test]
fn random_values_never_panic_and_every_fault_is_told() {
    let kinds = vec![
        PORT,
        Kind::integer(-i128::from(u64::MAX), u64::MAX.into()),
        Kind::BOOL,
        Kind::text(5),
        Kind::ADDRESS,
        Kind::ADDRESS_PREFIX,
        Kind::ADDRESS_PREFIX_V6,
        Kind::DURATION,
        Kind::MAC,
        Kind::SIZE,
        Kind::size(1, 1 << 20),
        COLOUR,
        Kind::words(""),
    ];
    let mut random = fastrand::Rng::with_seed(4);
    for case in 0..cases() * kinds.len() {
        let text = random::text(&mut random);
        if let Err(mismatch) = kinds[case % kinds.len()].check(&text) {
            assert!(!mismatch.to_string().is_empty());
        }
    }
}
