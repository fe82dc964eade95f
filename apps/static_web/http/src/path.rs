//! Request paths and the keys of the files that they name.

use crate::host;

/// The longest key of an embedded file.
const KEY_BYTES: usize = 255;

/// A decoded path: its segments without the empty ones.
#[derive(Debug)]
pub struct Path {
    bytes: [u8; KEY_BYTES],
    length: usize,
    is_folder: bool,
}

/// Why a request target is invalid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It is not a path, is badly encoded, or contains `..`.
    Bad,
    /// It is longer than any file's path.
    Long,
}

impl Path {
    /// Parses a request target (RFC 9112, section 3.2): `/path?query`, or the same behind `http://host`.
    ///
    /// # Errors
    /// Returns a [`Fault`] if it cannot name a file.
    pub fn parse(target: &[u8]) -> Result<Self, Fault> {
        let path = origin(target).ok_or(Fault::Bad)?;
        let mut parsed = Path { bytes: [0; KEY_BYTES], length: 0, is_folder: true };
        for part in path.split(|byte| *byte == b'/') {
            let before = parsed.length;
            if before > 0 {
                parsed.push(b'/')?;
            }
            let first = parsed.length;
            parsed.decode(part)?;
            let decoded = parsed.bytes.get(first..parsed.length).unwrap_or_default();
            parsed.is_folder = decoded.is_empty() || decoded == b".";
            if parsed.is_folder {
                parsed.length = before;
            } else if decoded == b".." {
                return Err(Fault::Bad);
            }
        }
        Ok(parsed)
    }

    /// The key of the file; `None` if the path names a folder, or is not UTF-8.
    #[must_use]
    pub fn file(&self) -> Option<&[u8]> {
        if self.is_folder { None } else { self.text(self.length) }
    }

    /// Whether it ends like a folder's path.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// The key of the page that stands for the folder of this name; none where it is too long.
    pub fn index(&mut self) -> Option<&[u8]> {
        const INDEX: &[u8] = b"/index.html";
        let name = if self.length == 0 { INDEX.get(1..)? } else { INDEX };
        let end = self.length + name.len();
        self.bytes.get_mut(self.length..end)?.copy_from_slice(name);
        self.text(end)
    }

    fn text(&self, length: usize) -> Option<&[u8]> {
        let bytes = self.bytes.get(..length)?;
        str::from_utf8(bytes).is_ok().then_some(bytes)
    }

    fn push(&mut self, byte: u8) -> Result<(), Fault> {
        *self.bytes.get_mut(self.length).ok_or(Fault::Long)? = byte;
        self.length += 1;
        Ok(())
    }

    /// Adds a part of the path, `%20` and the like decoded (RFC 3986, section 2.1).
    fn decode(&mut self, part: &[u8]) -> Result<(), Fault> {
        let mut rest = part.iter();
        while let Some(byte) = rest.next() {
            let byte = match byte {
                b'%' => {
                    let mut digit = || char::from(*rest.next()?).to_digit(16);
                    let (high, low) = (digit().ok_or(Fault::Bad)?, digit().ok_or(Fault::Bad)?);
                    match (high * 16 + low) as u8 {
                        // Neither can be in a name: this is an attack.
                        0 | b'/' => return Err(Fault::Bad),
                        byte => byte,
                    }
                }
                byte => *byte,
            };
            self.push(byte)?;
        }
        Ok(())
    }
}

/// The key of the file of a target that is spelled as the key is, as nearly all are: there is nothing to decode, and no part is
/// empty or begins with a dot. None of any other target, which [`Path::parse`] understands.
#[must_use]
pub fn plain(target: &[u8]) -> Option<&[u8]> {
    let key = target.strip_prefix(b"/")?;
    let mut rest = key;
    loop {
        if matches!(rest.first(), None | Some(b'/' | b'.')) {
            return None;
        }
        let Some(end) = rest.iter().position(|byte| matches!(byte, b'/' | b'%' | b'?' | b'#')) else {
            return Some(key);
        };
        rest = rest.get(end..)?.strip_prefix(b"/")?;
    }
}

/// The last part of a path as it was sent, to be sent back: relative to the path, a `/` behind it is the folder of that name.
#[must_use]
pub fn last_part(target: &[u8]) -> &[u8] {
    let path = origin(target).unwrap_or_default();
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// The query of a target, with its `?`; empty where there is none.
#[must_use]
pub fn query(target: &[u8]) -> &[u8] {
    let target = target.split(|byte| *byte == b'#').next().unwrap_or_default();
    target.iter().position(|byte| *byte == b'?').and_then(|start| target.get(start..)).unwrap_or_default()
}

/// The path of a target, without the query.
fn origin(target: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"http://";
    let path = match target.first()? {
        b'/' => target,
        _ => {
            let (scheme, rest) = target.split_at_checked(SCHEME.len())?;
            let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
            let (authority, path) = rest.split_at_checked(end)?;
            if !scheme.eq_ignore_ascii_case(SCHEME) || !host::is_authority(authority) {
                return None;
            }
            path
        }
    };
    path.split(|byte| matches!(byte, b'?' | b'#')).next()
}

#[cfg(test)]
mod tests {
    use super::{Fault, Path, last_part, plain, query};

    fn file(target: &str) -> Result<Option<String>, Fault> {
        Path::parse(target.as_bytes()).map(|path| path.file().map(text))
    }

    fn index(target: &str) -> Option<String> {
        Path::parse(target.as_bytes()).unwrap().index().map(text)
    }

    fn text(key: &[u8]) -> String {
        String::from_utf8(key.to_vec()).unwrap()
    }

    #[test]
    fn empty_parts_are_dropped_and_the_rest_is_decoded() {
        for target in ["/a/b.txt", "//a///b.txt", "/./a/./b.txt", "/a/b.txt?x=/../y", "/%61/b%2Etxt", "/a/b.txt#c"] {
            assert_eq!(file(target), Ok(Some("a/b.txt".to_owned())), "{target}");
        }
        for host in ["http://host", "HTTP://h:80", "http://[::1]:8080"] {
            assert_eq!(file(&format!("{host}/a?q")), Ok(Some("a".to_owned())), "{host}");
        }
        assert_eq!(file("/%c3%a4%20+"), Ok(Some("ä +".to_owned())));
        assert_eq!(file("/a..b/..c/.../d.."), Ok(Some("a..b/..c/.../d..".to_owned())));
    }

    #[test]
    fn folders_are_known_by_their_end() {
        for target in ["/", "//", "/.", "/./", "/?x", "http://h", "http://h?x", "http://h/"] {
            assert_eq!(file(target), Ok(None), "{target}");
            assert_eq!(index(target).as_deref(), Some("index.html"), "{target}");
        }
        for target in ["/a/b/", "//a/b//", "/a/b/.", "/a/b"] {
            assert_eq!(index(target).as_deref(), Some("a/b/index.html"), "{target}");
        }
        assert_eq!(file("/a/b/"), Ok(None));
    }

    #[test]
    fn what_leads_up_or_is_no_path_is_refused() {
        for target in [
            "/..",
            "/../a",
            "/a/../b",
            "/a/..",
            "/%2e%2e/a",
            "/.%2E/a",
            "/a/%2E./b",
            "/%2e%2e%2fa",
            "/a%2fb",
            "/a%00",
            "/%",
            "/%4",
            "/%zz",
            "/%+1",
            "",
            "*",
            "a",
            "host:80",
            "https://h/",
            "ftp://h/",
            "http:///a",
            "http://",
            "http://:80/a",
            "http://user@h/a",
            "http://user:secret@h/a",
            "http://[::1/a",
            "http://h:x/a",
            "http://h\\@evil/a",
        ] {
            assert_eq!(file(target), Err(Fault::Bad), "{target}");
        }
    }

    #[test]
    fn what_is_no_text_has_no_file() {
        assert_eq!(file("/%ff"), Ok(None));
        assert_eq!(index("/%ff"), None);
    }

    #[test]
    fn longer_than_any_file_is_refused() {
        let name = "a".repeat(255);
        assert_eq!(file(&format!("/{name}")), Ok(Some(name.clone())));
        assert_eq!(file(&format!("/{name}a")), Err(Fault::Long));
        assert_eq!(index(&format!("/{name}")), None);
        assert_eq!(index(&format!("/{}", &name[11..])).map(|key| key.len()), Some(255));
    }

    #[test]
    fn what_is_plain_is_a_key() {
        for key in ["a", "a/b.txt", "a..b/c", "ä +", "a/b-."] {
            assert_eq!(plain(format!("/{key}").as_bytes()), Some(key.as_bytes()));
        }
        for target in
            ["", "a", "/", "//a", "/a/", "/a//b", "/a%20b", "/a?b", "/a#b", "/..", "/a/../b", "/.a", "http://h/a"]
        {
            assert_eq!(plain(target.as_bytes()), None, "{target}");
        }
    }

    #[test]
    fn the_last_part_is_sent_back_as_it_was() {
        assert_eq!(last_part(b"/a/b%20c?d"), b"b%20c");
        assert_eq!(last_part(b"//evil.example"), b"evil.example");
        assert_eq!(last_part(b"http://h/a"), b"a");
    }

    #[test]
    fn the_query_is_sent_back_with_it() {
        for (target, expected) in [
            ("/a", ""),
            ("/a?", "?"),
            ("/a?b=c&d=/e", "?b=c&d=/e"),
            ("/a?b?c#d", "?b?c"),
            ("/a#b?c", ""),
            ("http://h/a?b", "?b"),
            ("http://h?b", "?b"),
        ] {
            assert_eq!(query(target.as_bytes()), expected.as_bytes(), "{target}");
        }
    }

    #[test]
    fn nothing_panics() {
        let mut seed = 1_u32;
        for _ in 0..100_000 {
            let bytes: Vec<u8> = (0..seed % 23)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    b"//..%%2eEfF?#:h tp\xc3"[(seed >> 16) as usize % 19]
                })
                .collect();
            seed = seed.wrapping_add(1);
            let target = String::from_utf8_lossy(&bytes);
            if let Some(key) = plain(target.as_bytes()) {
                assert_eq!(file(&target), Ok(Some(text(key))));
            }
            if let Ok(mut path) = Path::parse(target.as_bytes()) {
                let is_safe = |key: Option<&[u8]>| {
                    !key.is_some_and(|key| key.split(|byte| *byte == b'/').any(|part| part == b".."))
                };
                assert!(is_safe(path.file()) && is_safe(path.index()), "{target}");
            }
        }
    }
}
