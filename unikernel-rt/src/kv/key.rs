//! Keys: normalised paths such as `img/logo.png`.
//!
//! `/img//logo.png` and `./img/logo.png` are other spellings of that key. `..` is refused, not resolved: an untrusted key must
//! not escape from a folder that the application has prefixed to it.

use super::error::Error;
use core::cmp::Ordering;
#[cfg(feature = "kv-fat")]
use unikernel_vocabulary::devices::KV_KEY_BYTES;

/// The parts of a key; refuses one with a `..`.
#[inline]
pub(crate) fn parts(key: &str) -> Result<impl Iterator<Item = &[u8]> + Clone, Error> {
    let parts = || key.as_bytes().split(|byte| *byte == b'/');
    if parts().any(|part| part == b"..") { Err(Error::BadKey) } else { Ok(parts().filter(|part| !is_nothing(part))) }
}

fn is_nothing(part: &[u8]) -> bool {
    part.is_empty() || part == b"."
}

/// The bytes of the normalised key.
pub(crate) fn plain(key: &str) -> Result<impl Iterator<Item = &u8>, Error> {
    let separated = parts(key)?.enumerate().flat_map(|(index, part)| {
        let separator: &[u8] = if index == 0 { b"" } else { b"/" };
        separator.iter().chain(part)
    });
    Ok(separated)
}

/// Compares a normalised key to `key`.
pub(crate) fn compare(stored: &str, key: &str) -> Result<Ordering, Error> {
    Ok(stored.as_bytes().iter().cmp(plain(key)?))
}

/// Splits a prefix of keys at its last `/`: the folder, and the prefix of names in it.
pub(crate) fn split_prefix(prefix: &str) -> (&str, &str) {
    match prefix.as_bytes().iter().rposition(|byte| *byte == b'/') {
        // Never `None`; a check that panics would link half of `core::fmt`.
        Some(end) => prefix.split_at_checked(end + 1).unwrap_or(("", prefix)),
        None => ("", prefix),
    }
}

/// A key that is being built.
#[cfg(feature = "kv-fat")]
#[derive(Clone, Copy)]
pub(crate) struct Key {
    length: u8,
    bytes: [u8; KV_KEY_BYTES as usize],
}

#[cfg(feature = "kv-fat")]
impl Key {
    pub(crate) const EMPTY: Key = Key { length: 0, bytes: [0; KV_KEY_BYTES as usize] };

    pub(crate) fn push(&mut self, text: &[u8]) -> Result<(), Error> {
        let length = usize::from(self.length);
        let free = self.bytes.get_mut(length..length + text.len()).ok_or(Error::LongKey)?;
        free.copy_from_slice(text);
        self.length = (length + text.len()) as u8; // bounded by the buffer
        Ok(())
    }

    pub(crate) fn length(&self) -> u8 {
        self.length
    }

    /// Truncates it to an earlier length.
    pub(crate) fn cut(&mut self, length: u8) {
        self.length = self.length.min(length);
    }

    /// Only whole strings are pushed and truncated, so this is valid UTF-8.
    pub(crate) fn as_str(&self) -> &str {
        self.bytes.get(..usize::from(self.length)).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Key, compare, plain, split_prefix};
    use crate::kv::error::Error;
    use core::cmp::Ordering;
    use std::string::String;
    use std::vec::Vec;

    fn spelled(key: &str) -> Result<String, Error> {
        Ok(String::from_utf8(plain(key)?.copied().collect::<Vec<u8>>()).expect("is UTF-8"))
    }

    #[test]
    fn spellings_are_made_plain() {
        for key in ["a/b.txt", "/a/b.txt", "//a///b.txt", "./a/./b.txt", "a/b.txt/", "/./a//b.txt/."] {
            assert_eq!(spelled(key).as_deref(), Ok("a/b.txt"), "{key}");
        }
        for key in ["", "/", ".", "//./"] {
            assert_eq!(spelled(key).as_deref(), Ok(""), "{key}");
        }
        assert_eq!(spelled("...").as_deref(), Ok("..."));
        assert_eq!(spelled(".well-known/ä b").as_deref(), Ok(".well-known/ä b"));
    }

    #[test]
    fn keys_that_lead_up_are_refused() {
        for key in ["..", "../a", "a/../b", "a/..", "/.."] {
            assert_eq!(spelled(key), Err(Error::BadKey), "{key}");
            assert_eq!(compare("a", key), Err(Error::BadKey), "{key}");
        }
        assert_eq!(spelled("a..b/..c").as_deref(), Ok("a..b/..c"));
    }

    #[test]
    fn the_order_is_that_of_the_bytes() {
        assert_eq!(compare("a/b", "/a//b"), Ok(Ordering::Equal));
        assert_eq!(compare("a-b", "a/b"), Ok(Ordering::Less)); // `-` is before `/`
        assert_eq!(compare("a/b/c", "a/b"), Ok(Ordering::Greater));
        assert_eq!(compare("a/b", "a/bc"), Ok(Ordering::Less));
    }

    #[test]
    fn prefixes_are_split_at_the_last_separator() {
        assert_eq!(split_prefix("img/lo"), ("img/", "lo"));
        assert_eq!(split_prefix("img/"), ("img/", ""));
        assert_eq!(split_prefix("lo"), ("", "lo"));
        assert_eq!(split_prefix(""), ("", ""));
    }

    #[test]
    fn a_key_holds_255_bytes_and_no_more() {
        let mut key = Key::EMPTY;
        assert_eq!(key.push(&[b'a'; 254]), Ok(()));
        assert_eq!(key.push("ä".as_bytes()), Err(Error::LongKey));
        assert_eq!(key.push(b"b"), Ok(()));
        assert_eq!(key.as_str().len(), 255);
        key.cut(1);
        assert_eq!(key.as_str(), "a");
    }
}
