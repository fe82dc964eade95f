//! Parsers of values, one by one, against the standard library, and with random input.

use core::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};
use std::{format, string::ToString};

use super::*;
use crate::random::{self, cases};

#[test]
fn integers() {
    assert_eq!(integer("8080", 0, 65535), Ok(8080));
    assert_eq!(integer("0x1F90", 0, 65535), Ok(8080));
    assert_eq!(integer("1_000", 0, 65535), Ok(1000));
    assert_eq!(integer("-0x80", -128, 127), Ok(-128));
    assert_eq!(integer("-0", 0, 1), Ok(0));
    assert_eq!(integer("007", 0, 9), Ok(7));
    assert_eq!(integer("18446744073709551615", 0, u64::MAX.into()), Ok(u64::MAX.into()));
    assert_eq!(integer("-9223372036854775808", i64::MIN.into(), 0), Ok(i64::MIN.into()));
    for text in ["", "-", "+1", "0x", "0X1", "1_", "_1", "1__0", "0x_1", " 1", "1 ", "1.0", "ten", "--1", "1e3"] {
        assert_eq!(integer(text, -100, 100), Err(Reason::Malformed), "{text}");
    }
}

#[test]
fn integers_keep_their_range() {
    assert_eq!(integer("65536", 0, 65535), Err(Reason::TooLarge));
    assert_eq!(integer("-1", 0, 65535), Err(Reason::TooSmall));
    assert_eq!(integer("18446744073709551616", 0, u64::MAX.into()), Err(Reason::TooLarge));
    assert_eq!(integer("-18446744073709551616", 0, 10), Err(Reason::TooSmall));
    assert_eq!(integer("0x10000000000000000", 0, u64::MAX.into()), Err(Reason::TooLarge));
    assert_eq!(integer("99999999999999999999999999x", 0, 10), Err(Reason::Malformed));
}

#[test]
fn booleans() {
    assert_eq!(boolean("true"), Ok(true));
    assert_eq!(boolean("false"), Ok(false));
    for text in ["", "True", "1", "yes", "true "] {
        assert_eq!(boolean(text), Err(Reason::Malformed), "{text}");
    }
}

#[test]
fn texts() {
    assert_eq!(text("", 0), Ok(""));
    assert_eq!(text("grüß dich", 11), Ok("grüß dich"));
    assert_eq!(text("grüß dich", 10), Err(Reason::TooLong));
    assert_eq!(text("a\0b", 10), Err(Reason::Nul));
}

#[test]
fn one_of_several_words() {
    assert_eq!(word("red", "red|green|blue"), Ok(0));
    assert_eq!(word("blue", "red|green|blue"), Ok(2));
    assert_eq!(word("b", "a|b"), Ok(1));
    for text in ["", "re", "redd", "green|blue", "|", "Red"] {
        assert_eq!(word(text, "red|green|blue"), Err(Reason::Malformed), "{text}");
    }
}

#[test]
fn durations() {
    assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
    assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
    assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
    assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
    assert_eq!(duration("0s"), Ok(Duration::ZERO));
    assert_eq!(duration("10us"), Ok(Duration::from_micros(10)));
    assert_eq!(duration("1.000000001s"), Ok(Duration::new(1, 1)));
    assert_eq!(duration("1.0000000010s"), Ok(Duration::new(1, 1)));
    assert_eq!(duration("0.25m"), Ok(Duration::from_secs(15)));
    assert_eq!(duration("18446744073709551615ns"), Ok(Duration::from_nanos(u64::MAX)));
    for (text, reason) in [
        ("", Reason::Malformed),
        ("s", Reason::Malformed),
        ("-1s", Reason::Malformed),
        ("1.s", Reason::Malformed),
        (".5s", Reason::Malformed),
        ("1 s", Reason::Malformed),
        ("1.5.0s", Reason::Malformed),
        ("250", Reason::UnitMissing),
        ("1d", Reason::UnitUnknown),
        ("1S", Reason::UnitUnknown),
        ("1.5ns", Reason::TooFine),
        ("1.0000000001s", Reason::TooFine),
        ("18446744073709551616ns", Reason::TooLarge),
        ("18446744073.709551616s", Reason::TooLarge),
        ("99999999h", Reason::TooLarge),
    ] {
        assert_eq!(duration(text), Err(reason), "{text}");
    }
}

#[test]
fn sizes() {
    assert_eq!(size("4096"), Ok(4096));
    assert_eq!(size("64KiB"), Ok(64 << 10));
    assert_eq!(size("1MiB"), Ok(1 << 20));
    assert_eq!(size("2GiB"), Ok(2 << 30));
    assert_eq!(size("16777215TiB"), Ok(16_777_215 << 40));
    for (text, reason) in [
        ("", Reason::Malformed),
        ("MiB", Reason::Malformed),
        ("-1", Reason::Malformed),
        ("1 MiB", Reason::Malformed),
        ("1.5MiB", Reason::Malformed),
        ("1MB", Reason::UnitUnknown),
        ("1mib", Reason::UnitUnknown),
        ("16777216TiB", Reason::TooLarge),
        ("18446744073709551616", Reason::TooLarge),
    ] {
        assert_eq!(size(text), Err(reason), "{text}");
    }
}

#[test]
fn mac_addresses() {
    assert_eq!(mac("52:54:00:12:34:aF"), Ok([0x52, 0x54, 0, 0x12, 0x34, 0xaf]));
    for text in
        ["", "52:54:00:12:34", "52:54:00:12:34:56:", "52:54:00:12:34:56:78", "5254:00:12:34:56", "g2:54:00:12:34:56"]
    {
        assert_eq!(mac(text), Err(Reason::Malformed), "{text}");
    }
}

#[test]
fn addresses_with_prefix() {
    let v4 = |prefix| Ok(AddressPrefix { address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)), prefix });
    assert_eq!(address_prefix("10.0.0.2", Family::V4), v4(24));
    assert_eq!(address_prefix("10.0.0.2/0", Family::Any), v4(0));
    assert_eq!(address_prefix("10.0.0.2/32", Family::V4), v4(32));
    let v6 = |prefix| Ok(AddressPrefix { address: IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2)), prefix });
    assert_eq!(address_prefix("fd00::2", Family::Any), v6(64));
    assert_eq!(address_prefix("fd00::2/128", Family::V6), v6(128));
    for (text, family, reason) in [
        ("", Family::Any, Reason::Malformed),
        ("/24", Family::Any, Reason::Malformed),
        ("fd00::2", Family::V4, Reason::Malformed),
        ("10.0.0.2", Family::V6, Reason::Malformed),
        ("10.0.0.2/33", Family::V4, Reason::Prefix),
        ("10.0.0.2/", Family::V4, Reason::Prefix),
        ("10.0.0.2/024", Family::V4, Reason::Prefix),
        ("10.0.0.2/2_4", Family::V4, Reason::Prefix),
        ("10.0.0.2/-1", Family::V4, Reason::Prefix),
        ("10.0.0.2/24/24", Family::V4, Reason::Prefix),
        ("fd00::2/129", Family::V6, Reason::Prefix),
    ] {
        assert_eq!(address_prefix(text, family), Err(reason), "{text}");
    }
}

#[test]
fn addresses_are_those_of_the_standard_library() {
    for text in [
        "",
        "0.0.0.0",
        "255.255.255.255",
        "256.0.0.1",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.4 ",
        "::",
        "::1",
        "1::",
        "1::8",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:8:9",
        ":1",
        "1:",
        ":::",
        "1::2::3",
        "12345::",
        "::ffff:10.0.0.1",
        "1:2:3:4:5:6:10.0.0.1",
        "1:2:3:4:5:6:7:10.0.0.1",
        "::10.0.0.1:1",
        "1::10.0.0.1",
        "g::",
        "fe80::1%eth0",
        "::00001",
        "1:2:3:4:5:6:7::8",
    ] {
        agrees(text);
    }
}

#[track_caller]
fn agrees(text: &str) {
    assert_eq!(address_v4(text).ok(), text.parse().ok(), "{text:?}");
    assert_eq!(address_v6(text).ok(), text.parse().ok(), "{text:?}");
    assert_eq!(address(text, Family::Any).ok(), text.parse().ok(), "{text:?}");
}

#[test]
fn random_addresses_are_those_of_the_standard_library() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut right = 0;
    for _ in 0..cases() {
        // Half of them are near to an address: one that was written, and then changed a little.
        let text = match random.u8(0..4) {
            0 => random::text(&mut random),
            kind => {
                // Zeros are frequent, so that `::` is.
                let bits = (0..8).fold(0u128, |bits, _| bits << 16 | random.u128(..) & [0, 0xffff][random.usize(..2)]);
                let text = if kind == 1 {
                    Ipv4Addr::from_bits(bits as u32).to_string()
                } else {
                    Ipv6Addr::from_bits(bits & [u128::MAX, u128::from(u64::MAX)][random.usize(..2)]).to_string()
                };
                if random.bool() {
                    text
                } else {
                    let from = random.usize(0..=text.len());
                    let piece = ["", ":", "::", "0", "1.2.3.4", ".", "0:0"][random.usize(..7)];
                    format!("{}{piece}{}", &text[..from], &text[random.usize(from..=text.len())..])
                }
            }
        };
        agrees(&text);
        right += usize::from(address(&text, Family::Any).is_ok());
    }
    assert!(right > cases() / 4, "only {right} cases are addresses");
}

#[test]
fn random_integers_round_trip() {
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..cases() {
        let value = i128::from(random.u64(..) >> random.u32(0..64)) * if random.bool() { 1 } else { -1 };
        let (min, max) = (-i128::from(u64::MAX), u64::MAX.into());
        assert_eq!(integer(&value.to_string(), min, max), Ok(value));
        let sign = if value < 0 { "-" } else { "" };
        assert_eq!(integer(&format!("{sign}{:#x}", value.unsigned_abs()), min, max), Ok(value));
        assert_eq!(integer(&value.to_string(), value + 1, max.max(value + 1)), Err(Reason::TooSmall));
        assert_eq!(integer(&value.to_string(), min.min(value - 1), value - 1), Err(Reason::TooLarge));
        assert_eq!(format!("{}", Magnitude(value)), value.to_string());
    }
}

#[test]
fn random_durations_and_sizes_round_trip() {
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..cases() {
        let number = random.u64(..) >> random.u32(0..64);
        let (whole, fraction) = (number / 1_000_000_000, number % 1_000_000_000);
        assert_eq!(duration(&format!("{whole}.{fraction:09}s")), Ok(Duration::from_nanos(number)));
        assert_eq!(duration(&format!("{number}ns")), Ok(Duration::from_nanos(number)));
        assert_eq!(size(&number.to_string()), Ok(number));
        assert_eq!(size(&format!("{}KiB", number >> 10)), Ok(number >> 10 << 10));
    }
}
