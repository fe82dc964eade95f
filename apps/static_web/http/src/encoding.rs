//! Content codings: which of a file's representations is sent (RFC 9110, section 12.5.3).

use crate::fields::{Fields, Name, any_member};
use crate::head::{is_word, trimmed};
use crate::request::Request;

/// A weight, in thousandths.
type Weight = u16;

/// Which representation is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// The file as it is.
    Identity,
    /// The one of this index.
    Encoded(usize),
    /// None is acceptable.
    None,
}

/// The representation that a request prefers; among equals, the first of the codings, which are the best first, and the file itself last.
///
/// Without the field nothing is encoded: who can decode says so.
#[must_use]
pub fn choose<'c>(request: &Request<'_>, codings: impl Iterator<Item = &'c str>) -> Choice {
    if !request.fields.has(Name::AcceptEncoding) {
        return Choice::Identity;
    }
    let weight = |coding: &str| weight(&request.fields, coding);
    // A coding that is not named is not wanted; the file itself is, but less than any that is named.
    let identity = weight("identity");
    let mut best = (identity.unwrap_or(0), if identity == Some(0) { Choice::None } else { Choice::Identity });
    for (index, coding) in codings.enumerate() {
        let weight = weight(coding).unwrap_or(0);
        if weight > best.0 || weight == best.0 && weight > 0 && !matches!(best.1, Choice::Encoded(_)) {
            best = (weight, Choice::Encoded(index));
        }
    }
    best.1
}

/// What the field gives a coding by its name, or else by `*`.
fn weight(fields: &Fields<'_>, coding: &str) -> Option<Weight> {
    let (mut of_this, mut of_others) = (None, None);
    let mut take = |member: &[u8]| {
        let (name, weight) = match member.iter().position(|byte| *byte == b';') {
            // Wrong weights are no wish for anything.
            Some(end) => {
                (member.get(..end), member.get(end + 1..).and_then(|weight| parse(trimmed(weight))).unwrap_or(0))
            }
            None => (Some(member), 1000),
        };
        let name = trimmed(name.unwrap_or_default());
        // `x-gzip` is an old name (RFC 9110, section 8.4.1.3).
        let name = name.strip_prefix(b"x-").unwrap_or(name);
        if is_word(name, coding.as_bytes()) {
            of_this.get_or_insert(weight);
        } else if name == b"*" {
            of_others.get_or_insert(weight);
        }
        false
    };
    fields.any(Name::AcceptEncoding, &mut |line| any_member(line, &mut take));
    of_this.or(of_others)
}

/// Reads `q=0.5` (RFC 9110, section 12.4.2).
fn parse(weight: &[u8]) -> Option<Weight> {
    let (whole, digits) = match weight {
        [b'q' | b'Q', b'=', whole] => (whole, &[][..]),
        [b'q' | b'Q', b'=', whole, b'.', digits @ ..] if digits.len() <= 3 => (whole, digits),
        _ => return None,
    };
    let mut weight = 0;
    for place in 0..4 {
        let digit = if place == 0 { Some(whole) } else { digits.get(place - 1) };
        let digit = digit.unwrap_or(&b'0').wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        weight = weight * 10 + Weight::from(digit);
    }
    (weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::{Choice, choose, parse};
    use crate::request;

    /// What is sent of a file in Brotli, gzip and as it is, for a field in these lines.
    fn chosen(lines: &[&str]) -> &'static str {
        let lines: String = lines.iter().map(|line| format!("accept-encoding: {line}\r\n")).collect();
        let head = format!("GET / HTTP/1.1\r\nHost: h\r\n{lines}\r\n");
        let (request, _) = request::parse(head.as_bytes()).unwrap().unwrap();
        match choose(&request, ["br", "gzip"].into_iter()) {
            Choice::Identity => "identity",
            Choice::Encoded(index) => ["br", "gzip"][index],
            Choice::None => "none",
        }
    }

    #[test]
    fn the_heaviest_is_sent_and_of_equals_the_best() {
        for (lines, expected) in [
            (&[][..], "identity"),
            (&[""], "identity"),
            (&["gzip"], "gzip"),
            (&["GZip"], "gzip"),
            (&["x-gzip"], "gzip"),
            (&["br"], "br"),
            (&["gzip, deflate, br, zstd"], "br"),
            (&["gzip", "br"], "br"),
            (&["gzip, br;q=0.9"], "gzip"),
            (&["gzip;q=0.2 , br ; q=0.1"], "gzip"),
            (&["gzip;Q=0.200"], "gzip"),
            (&["*"], "br"),
            (&["*;q=0.5, gzip"], "gzip"),
            (&["br;q=0, *"], "gzip"),
            (&["deflate"], "identity"),
            (&["identity"], "identity"),
            (&["identity, gzip;q=0.5"], "identity"),
            (&["identity;q=0.5, gzip;q=0.5"], "gzip"),
            (&["gzip;q=0"], "identity"),
            (&["gzip;q=0.000, identity;q=0.1"], "identity"),
            (&["gzip;q=0, *;q=0.5"], "br"),
            (&["identity;q=0"], "none"),
            (&["*;q=0"], "none"),
            (&["*;q=0, deflate"], "none"),
            (&["identity;q=0, gzip;q=0.001"], "gzip"),
            (&["*;q=0, identity;q=0.1"], "identity"),
            (&["gzip;q=2"], "identity"),
            (&["gzip;q=0.1234"], "identity"),
            (&["gzip;level=9"], "identity"),
            (&[",, gzip ,"], "gzip"),
            (&["gzi", "gzipx"], "identity"),
        ] {
            assert_eq!(chosen(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn weights_have_three_digits() {
        for (text, weight) in [
            ("q=0", 0),
            ("q=1", 1000),
            ("q=1.", 1000),
            ("q=0.", 0),
            ("q=0.5", 500),
            ("q=0.12", 120),
            ("q=0.001", 1),
            ("Q=1.000", 1000),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(weight), "{text}");
        }
        for text in
            ["", "q", "q=", "q=2", "q=1.1", "q=1.001", "q=0.0000", "q=-1", "q=.5", "q= 1", "q=0.x", "q=01", "x=1"]
        {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
