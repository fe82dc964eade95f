//! Files in the image: a table, sorted by the bytes of the keys.

use super::content_type::content_type;
use super::error::Error;
use super::key;
use core::cmp::Ordering;

/// An embedded file.
#[derive(Debug)]
pub struct Embedded {
    pub(crate) key: &'static str,
    pub(crate) bytes: &'static [u8],
    /// Determined at build time, so that a server of such files has no table of types in its image.
    pub(crate) content_type: &'static str,
    #[cfg(feature = "precompress")]
    pub(crate) encodings: &'static [Encoding],
}

/// An embedded file in a content coding, in which it was embedded besides.
///
/// ```no_run
/// # use unikernel_rt::kv::Encoding;
/// # use unikernel_rt::prelude::*;
/// # fn example(kv: Kv) {
/// let Some((bytes, content_type, encodings)) = kv.exact_with_encodings(b"index.html") else { return };
/// let gzip: Option<&Encoding> = encodings.iter().find(|encoding| encoding.coding == "gzip");
/// # }
/// ```
#[cfg(feature = "precompress")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encoding {
    /// The name of the coding, as in `Content-Encoding`: `br` or `gzip`.
    pub coding: &'static str,
    /// The compressed bytes.
    pub bytes: &'static [u8],
}

/// The table of a folder, by its keys; the folder is relative to the application's package.
#[doc(hidden)]
#[macro_export]
macro_rules! __embed {
    ($folder:literal: $($key:literal $([$($coding:literal: $path:literal),*])?),*) => {
        // Through the variables, so that an expansion does not depend on the location of its package.
        &[$($crate::__private::kv::file(
            $key,
            ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", $folder, "/", $key)),
        )$(.encoded(&[$($crate::__private::kv::Encoding {
            coding: $coding,
            bytes: ::core::include_bytes!(::core::concat!(::core::env!("OUT_DIR"), "/", $path)),
        }),*]))?),*]
    };
}

/// One line of the table.
pub const fn file(key: &'static str, bytes: &'static [u8]) -> Embedded {
    Embedded {
        key,
        bytes,
        content_type: content_type(key),
        #[cfg(feature = "precompress")]
        encodings: &[],
    }
}

#[cfg(feature = "precompress")]
impl Embedded {
    /// The same line, with what the file was compressed to.
    #[must_use]
    pub const fn encoded(self, encodings: &'static [Encoding]) -> Self {
        Embedded { encodings, ..self }
    }
}

/// Finds a file by the exact key in the table.
pub(crate) fn exact(table: &'static [Embedded], key: &[u8]) -> Option<&'static Embedded> {
    table.binary_search_by(|file| file.key.as_bytes().cmp(key)).ok().and_then(|index| table.get(index))
}

/// Finds a file by any spelling of its key.
pub(crate) fn find(table: &'static [Embedded], key: &str) -> Result<&'static [u8], Error> {
    // Fast path: most keys are spelled as in the table.
    if let Some(file) = exact(table, key.as_bytes()) {
        return Ok(file.bytes);
    }
    let _checked = key::parts(key)?;
    // The key was just checked.
    let found = table.binary_search_by(|file| key::compare(file.key, key).unwrap_or(Ordering::Less));
    found.ok().and_then(|index| table.get(index)).map(|file| file.bytes).ok_or(Error::NotFound)
}

/// The files whose keys begin with `prefix`, which are contiguous in the table.
pub(crate) fn with_prefix(table: &'static [Embedded], prefix: &str) -> Result<&'static [Embedded], Error> {
    let (folder, name) = key::split_prefix(prefix);
    let _checked = key::parts(folder)?;
    let begins = |file: &Embedded| begins_with(file.key.as_bytes(), folder, name);
    let first = table.iter().position(begins).unwrap_or(table.len());
    let rest = table.get(first..).unwrap_or_default();
    let length = rest.iter().position(|file| !begins(file)).unwrap_or(rest.len());
    Ok(rest.get(..length).unwrap_or_default())
}

/// Whether `key` begins with the plain spelling of `folder`, a `/` where that is not empty, and `name`.
fn begins_with(key: &[u8], folder: &str, name: &str) -> bool {
    let mut rest = key;
    for part in key::parts(folder).into_iter().flatten() {
        let after = rest.strip_prefix(part).and_then(|rest| rest.strip_prefix(b"/"));
        let Some(after) = after else { return false };
        rest = after;
    }
    rest.starts_with(name.as_bytes())
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Embedded, exact, file, find, with_prefix};
    use crate::kv::error::Error;
    use std::vec::Vec;

    static TABLE: [Embedded; 6] = [
        file("a", b"foo\n"),
        file("a-b", b""),
        file("a/b", b"\0\xff"),
        file("a/b.txt", b"text"),
        file("img/logo.png", b"png"),
        file("z", b"last"),
    ];

    fn keys(prefix: &str) -> Result<Vec<&'static str>, Error> {
        Ok(with_prefix(&TABLE, prefix)?.iter().map(|file| file.key).collect())
    }

    #[test]
    fn every_file_is_found_by_its_key() {
        assert!(TABLE.is_sorted_by(|one, other| one.key < other.key));
        for file in &TABLE {
            assert_eq!(find(&TABLE, file.key), Ok(file.bytes), "{}", file.key);
        }
        assert_eq!(find(&TABLE, "/img/./logo.png"), Ok(&b"png"[..]));
        for file in &TABLE {
            assert_eq!(exact(&TABLE, file.key.as_bytes()).map(|file| file.bytes), Some(file.bytes), "{}", file.key);
        }
        for key in ["", "/a", "a/", "img/./logo.png", "b"] {
            assert!(exact(&TABLE, key.as_bytes()).is_none(), "{key}");
        }
        assert_eq!(exact(&TABLE, b"img/logo.png").map(|file| file.content_type), Some("image/png"));
    }

    #[test]
    fn nothing_else_is_found() {
        for key in ["", "/", "A", "a/", "a/b.tx", "a/b.txtt", "img", "img/logo.png/x", "zz", "0"] {
            let expected = if key == "a/" { Ok(&b"foo\n"[..]) } else { Err(Error::NotFound) };
            assert_eq!(find(&TABLE, key), expected, "{key}");
        }
        assert_eq!(find(&TABLE, "img/../a"), Err(Error::BadKey));
        assert_eq!(find(&[], "a"), Err(Error::NotFound));
    }

    #[test]
    fn listings_are_of_a_prefix() {
        assert_eq!(keys("").map(|keys| keys.len()), Ok(6));
        assert_eq!(keys("/").map(|keys| keys.len()), Ok(6));
        assert_eq!(keys("a/").as_deref(), Ok(&["a/b", "a/b.txt"][..]));
        assert_eq!(keys("//a/./b.").as_deref(), Ok(&["a/b.txt"][..]));
        assert_eq!(keys("a").as_deref(), Ok(&["a", "a-b", "a/b", "a/b.txt"][..]));
        assert_eq!(keys("im").as_deref(), Ok(&["img/logo.png"][..]));
        assert_eq!(keys("b").as_deref(), Ok(&[][..]));
        assert_eq!(keys("../a"), Err(Error::BadKey));
    }
}
