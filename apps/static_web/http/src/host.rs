//! The authority of a target: a host, and a port if one is given (RFC 3986, section 3.2; RFC 9110, section 4.2).
//!
//! No user, whom only a deceiver would name there, and no empty host. No IPvFuture, of which there is no version.

use crate::range;
use crate::set::HOST;

/// Whether this is the authority of an http URI.
pub(crate) fn is_authority(value: &[u8]) -> bool {
    let port = if let Some(rest) = value.strip_prefix(b"[") {
        let Some(end) = rest.iter().position(|byte| *byte == b']') else { return false };
        let (address, rest) = rest.split_at_checked(end).unwrap_or_default();
        if !is_ipv6(address) {
            return false;
        }
        rest.get(1..).unwrap_or_default()
    } else {
        match end_of_name(value) {
            Some(end @ 1..) => value.get(end..).unwrap_or_default(),
            _ => return false,
        }
    };
    match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Where a name or an IPv4 address ends; none if an escape is broken.
fn end_of_name(value: &[u8]) -> Option<usize> {
    let mut end = 0;
    loop {
        let rest = value.get(end..)?;
        end += rest.iter().position(|byte| !HOST.has(*byte)).unwrap_or(rest.len());
        match value.get(end..)? {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => end += 3,
            [b'%', ..] => return None,
            _ => return Some(end),
        }
    }
}

/// Whether this is an IPv6 address, without brackets: eight groups of up to four digits, or fewer and one `::`; the last two may be an
/// IPv4 address. The parser of `core` would be a kilobyte, for a value that is not used.
fn is_ipv6(address: &[u8]) -> bool {
    let (mut groups, mut has_gap) = (0, false);
    let mut rest = address;
    if let [b':', b':', after @ ..] = rest {
        (rest, has_gap) = (after, true);
    }
    while !rest.is_empty() {
        let digits = rest.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(rest.len());
        let behind = rest.get(digits..).unwrap_or_default();
        if behind.first() == Some(&b'.') {
            groups += 2;
            if !is_ipv4(rest) {
                return false;
            }
            break;
        }
        groups += 1;
        let is_group = matches!(digits, 1..=4);
        rest = match behind {
            [] if is_group => break,
            [b':', b':', after @ ..] if is_group && !has_gap => {
                has_gap = true;
                after
            }
            [b':', after @ ..] if is_group && !after.is_empty() => after,
            _ => return false,
        };
    }
    if has_gap { groups < 8 } else { groups == 8 }
}

fn is_ipv4(address: &[u8]) -> bool {
    let is_byte = |digits: &[u8]| {
        let is_short = digits.len() <= 3 && (digits.len() == 1 || digits.first() != Some(&b'0'));
        is_short && range::number(digits).is_some_and(|number| number <= 255)
    };
    let mut bytes = address.split(|byte| *byte == b'.');
    let first_four = bytes.by_ref().take(4).filter(|digits| is_byte(digits)).count();
    first_four == 4 && bytes.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{is_authority, is_ipv6};
    use std::net::Ipv6Addr;

    #[test]
    fn hosts_with_and_without_a_port() {
        for value in [
            "h",
            "h:80",
            "h:",
            "h:00080",
            "10.0.0.2",
            "10.0.0.2:8080",
            "[::1]",
            "[::1]:80",
            "[::]:",
            "[2001:DB8::1]",
            "[::ffff:10.0.0.2]:1",
            "a-b.c_d~e",
            "xn--4ca",
            "a!$&'()*+,;=b",
            "%41%e4",
            "h.",
        ] {
            assert!(is_authority(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn what_is_no_host() {
        for value in [
            "",
            ":",
            ":80",
            "a b",
            "a\tb",
            "a/b",
            "/",
            "a@b",
            "a:b@c",
            "@",
            "a?b",
            "a#b",
            "a\\b",
            "a\"b",
            "<h>",
            "a|b",
            "{h}",
            "a^b",
            "a`b",
            "h:8x",
            "h:80:80",
            "h:-1",
            "h:+1",
            "h: 80",
            "::1",
            "[",
            "[]",
            "[::1",
            "::1]",
            "[::1]x",
            "[::1]80",
            "[::1]:x",
            "[[::1]]",
            "[h]",
            "[10.0.0.2]",
            "[fe80::1%25eth0]",
            "[v1.x]",
            "%",
            "%4",
            "%zz",
            "h%",
            "http://h",
            "\u{e4}",
            "h]",
            "a[::1]",
        ] {
            assert!(!is_authority(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn addresses_are_those_of_the_standard_library() {
        let mut seed = 3_u32;
        let (mut right, mut wrong) = (0, 0);
        for _ in 0..200_000 {
            let words =
                ["::", ":", "0", "1", "ab", "ffff", "12345", "1.2.3.4", "255.0.0.1", "256.1.1.1", "01.1.1.1", "."];
            let mut address = String::new();
            for _ in 0..seed % 19 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                address.push_str(words[(seed >> 16) as usize % words.len()]);
                if seed >> 29 != 0 && seed.is_multiple_of(2) {
                    address.push(':');
                }
            }
            seed = seed.wrapping_add(0x9e37_79b9);
            let is_one = address.parse::<Ipv6Addr>().is_ok();
            *(if is_one { &mut right } else { &mut wrong }) += 1;
            assert_eq!(is_ipv6(address.as_bytes()), is_one, "{address}");
        }
        assert!(right > 1000 && wrong > 1000, "{right} and {wrong}");
    }
}
