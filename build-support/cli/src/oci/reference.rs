//! Names of images: `[HOST[:PORT]/]PATH[:TAG]`.
//!
//! The grammar is that of <https://github.com/distribution/reference>, without digests: an image has the one that it gets.

use std::fmt;
use std::str::FromStr;

/// The tag of a name without one.
const USUAL_TAG: &str = "latest";
/// The longest name and the longest tag.
const NAME_MAX: usize = 255;
const TAG_MAX: usize = 128;

/// The name of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    name: String,
    tag: String,
}

/// Why a text is no name of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongReference {
    /// There is no name.
    #[error("the name is empty: write one such as `registry.example/web:1.0`")]
    Empty,
    /// It has a digest.
    #[error("`@` begins a digest, which follows from what is in the image: leave it out")]
    Digest,
    /// The registry's address is none.
    #[error("`{0}` is no address of a registry: write one such as `registry.example` or `localhost:5000`")]
    Host(String),
    /// A part of the path has other letters, or separators at its ends.
    #[error("`{0}` is no part of a name: it has lower-case letters, digits, and `.`, `_` or `-` between them")]
    Part(String),
    /// The tag has other letters.
    #[error(
        "`{0}` is no tag: it has at most 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two"
    )]
    Tag(String),
    /// It is too long.
    #[error("the name has {0} bytes, more than 255")]
    Long(usize),
}

impl Reference {
    /// The tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.tag)
    }
}

impl FromStr for Reference {
    type Err = WrongReference;

    fn from_str(text: &str) -> Result<Self, WrongReference> {
        if text.is_empty() {
            return Err(WrongReference::Empty);
        } else if text.contains('@') {
            return Err(WrongReference::Digest);
        }
        // A colon before the last slash belongs to a port.
        let (name, tag) = match text.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (text, USUAL_TAG),
        };
        if !is_tag(tag) {
            return Err(WrongReference::Tag(tag.into()));
        } else if name.len() > NAME_MAX {
            return Err(WrongReference::Long(name.len()));
        }
        let mut parts = name;
        if let Some((host, path)) = name.split_once('/')
            && (host.contains(['.', ':']) || host == "localhost")
        {
            if !is_host(host) {
                return Err(WrongReference::Host(host.into()));
            }
            parts = path;
        }
        match parts.split('/').find(|part| !is_part(part)) {
            Some(part) => Err(WrongReference::Part(part.into())),
            None => Ok(Self { name: name.into(), tag: tag.into() }),
        }
    }
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_rest = |byte: u8| is_word(byte) || byte == b'.' || byte == b'-';
    tag.len() <= TAG_MAX && tag.bytes().next().is_some_and(is_word) && tag.bytes().all(is_rest)
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_label = |label: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(is_letter)
    };
    name.split('.').all(is_label) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Letters and digits, with one dot, one or two underscores, or any number of dashes between them.
fn is_part(part: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = part.split(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    let is_separator = |text: &str| matches!(text, "" | "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    part.bytes().next().is_some_and(is_letter)
        && part.bytes().last().is_some_and(is_letter)
        && separators.into_iter().all(is_separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_tag() {
        for (text, shown, tag) in [
            ("web", "web:latest", "latest"),
            ("web:1.0", "web:1.0", "1.0"),
            ("registry.example/team/static-web", "registry.example/team/static-web:latest", "latest"),
            ("localhost:5000/web", "localhost:5000/web:latest", "latest"),
            ("localhost:5000/a__b.c--d/e:V_1.2-3", "localhost:5000/a__b.c--d/e:V_1.2-3", "V_1.2-3"),
            ("127.0.0.1:80/web", "127.0.0.1:80/web:latest", "latest"),
        ] {
            let reference: Reference = text.parse().expect(text);
            assert_eq!((reference.to_string().as_str(), reference.tag()), (shown, tag));
        }
    }

    #[test]
    fn what_is_no_name_is_told() {
        use WrongReference::{Digest, Empty, Host, Long, Part, Tag};
        let long = format!("registry.example/{}", "a".repeat(300));
        for (text, fault) in [
            ("", Empty),
            ("web@sha256:0123", Digest),
            ("Web", Part("Web".into())),
            ("registry.example/", Part(String::new())),
            ("registry.example//web", Part(String::new())),
            ("a/b c", Part("b c".into())),
            ("web-", Part("web-".into())),
            ("a..b", Part("a..b".into())),
            ("a___b", Part("a___b".into())),
            ("web:", Tag(String::new())),
            ("web:-1", Tag("-1".into())),
            ("web:1:2", Part("web:1".into())),
            ("regi_stry.example/web", Host("regi_stry.example".into())),
            ("localhost:x/web", Host("localhost:x".into())),
            ("localhost:70000/web", Host("localhost:70000".into())),
            ("-a.b/web", Host("-a.b".into())),
            ("https://registry.example/web", Host("https:".into())),
            (long.as_str(), Long(317)),
        ] {
            assert_eq!(text.parse::<Reference>(), Err(fault), "{text}");
        }
        assert!(format!("web:{}", "t".repeat(128)).parse::<Reference>().is_ok());
        assert!(format!("web:{}", "t".repeat(129)).parse::<Reference>().is_err());
    }
}
