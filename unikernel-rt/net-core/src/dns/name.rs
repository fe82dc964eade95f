//! Names as they are in messages (RFC 1035, section 3.1), in lower case and without compression.

use crate::bytes::u8_at;

/// The most bytes of a name, its lengths and the root included (section 2.3.4).
pub(super) const MOST_BYTES: usize = 255;
const MOST_LABEL_BYTES: usize = 63;

/// A name, which ends with the root's empty label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Name {
    bytes: [u8; MOST_BYTES],
    len: u8,
}

impl Name {
    /// The name of nothing.
    pub(super) const ROOT: Name = Name { bytes: [0; MOST_BYTES], len: 1 };

    /// The name of a text, with or without the root's dot; `None` where it is none that a host has. Underscores are in use.
    pub(super) fn parse(text: &str) -> Option<Name> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let mut name = Name { len: 0, ..Name::ROOT };
        for label in text.split('.') {
            let is_label = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            if label.is_empty() || !is_label || !name.push(label.as_bytes()) {
                return None;
            }
        }
        name.push(&[]).then_some(name)
    }

    /// The name at a place of a message, and what is after it. Every pointer leads back, so that there is an end.
    pub(super) fn read(message: &[u8], at: usize) -> Option<(Name, usize)> {
        let mut name = Name { len: 0, ..Name::ROOT };
        let (mut at, mut limit, mut after) = (at, at, None);
        loop {
            let length = usize::from(u8_at(message, at)?);
            match length >> 6 {
                0 => {
                    let label = message.get(at + 1..at + 1 + length)?;
                    if !name.push(label) {
                        return None;
                    }
                    at += 1 + length;
                    if length == 0 {
                        return Some((name, after.unwrap_or(at)));
                    }
                }
                3 => {
                    let target = (length & 0x3F) << 8 | usize::from(u8_at(message, at + 1)?);
                    if target >= limit {
                        return None;
                    }
                    after = after.or(Some(at + 2));
                    (at, limit) = (target, target);
                }
                _ => return None,
            }
        }
    }

    /// Adds a label; whether there is room.
    fn push(&mut self, label: &[u8]) -> bool {
        let start = usize::from(self.len);
        let end = start + 1 + label.len();
        let Some([length, room @ ..]) = self.bytes.get_mut(start..end).filter(|_| label.len() <= MOST_LABEL_BYTES)
        else {
            return false;
        };
        *length = label.len() as u8;
        room.copy_from_slice(label);
        room.make_ascii_lowercase();
        self.len = end as u8;
        true
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// RFC 6761, section 6.3: this host, whatever a server says.
    pub(super) fn is_localhost(&self) -> bool {
        const LOCALHOST: &[u8] = b"\x09localhost\0";
        // A label before it cannot end so by chance: its bytes are no lengths, for 9 is no letter, digit or hyphen.
        self.as_bytes().ends_with(LOCALHOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1035, section 2.3.4: the limits; section 2.3.3: in either case.
    #[test]
    fn names_have_their_limits() {
        let label = "x".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "y".repeat(61));
        for name in ["a", "a.", "EXAMPLE.org", "_dns.a-b.c", &label, &longest] {
            assert!(Name::parse(name).is_some(), "{name}");
        }
        for name in ["", ".", "a..b", ".a", "a b", "a/b", "\u{fc}.de", &format!("{label}x"), &format!("{longest}y")] {
            assert!(Name::parse(name).is_none(), "{name}");
        }
        assert_eq!(Name::parse("EXAMPLE.org"), Name::parse("example.ORG."));
        assert!(Name::parse("a.LocalHost").unwrap().is_localhost());
        assert!(!Name::parse("notlocalhost").unwrap().is_localhost());
    }

    /// Section 4.1.4: pointers; those that do not lead back would have no end.
    #[test]
    fn compressed_names_are_read() {
        let message = b"\x01a\x01b\0\x01c\xC0\x02\xC0\x05\xC0\x0B\xC0\x40";
        assert_eq!(Name::read(message, 0), Some((Name::parse("a.b").unwrap(), 5)));
        assert_eq!(Name::read(message, 5), Some((Name::parse("c.b").unwrap(), 9)));
        assert_eq!(Name::read(message, 9), Some((Name::parse("c.b").unwrap(), 11)));
        for at in [11, 13, 40] {
            assert_eq!(Name::read(message, at), None, "{at}");
        }
        assert_eq!(Name::read(b"\x01a\xC0\x00", 0), None, "a circle");
        assert_eq!(Name::read(b"\x41a\0", 0), None, "a label of another kind");
        assert_eq!(Name::read(b"\x05abc", 0), None, "cut off");
    }
}
