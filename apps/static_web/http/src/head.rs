//! The syntax of a request's head (RFC 9112, sections 2 to 5): it is cut into its parts, and none of them is interpreted.
//!
//! A parser of our own: a minor version above 1 must be taken as 1, and fields are looked at one by one, without a table of them.
//! What two programs on the same connection could cut differently is refused (RFC 9112, section 11.2): white space before a colon,
//! folded lines, control characters, a carriage return without a line feed. A line feed alone ends a line, too.

use crate::set::TOKEN;
use crate::status::Status;

/// Why a part cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// The rest has not been received.
    Partial,
    /// It is wrong, whatever comes.
    Refused(Status),
}

const BAD: Stop = Stop::Refused(Status::BadRequest);

/// The bytes of a head that are not read yet.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) rest: &'a [u8],
}

/// A name and a value.
pub(crate) type Field<'a> = (&'a [u8], &'a [u8]);

impl<'a> Reader<'a> {
    /// Skips empty lines, which some clients send after a body.
    pub(crate) fn skip_empty_lines(&mut self) -> Result<(), Stop> {
        while self.ends_line()? {}
        Ok(())
    }

    /// The method and the target.
    pub(crate) fn method_and_target(&mut self) -> Result<(&'a [u8], &'a [u8]), Stop> {
        let method = self.token(b' ')?;
        let length = self.rest.iter().position(|byte| *byte <= b' ' || *byte == 0x7f);
        let target = self.cut(length, b' ')?;
        Ok((method, target))
    }

    /// The minor version of HTTP/1, and the end of the line; higher ones than 1 mean 1 (RFC 9110, section 2.5).
    pub(crate) fn version(&mut self) -> Result<u8, Stop> {
        const NAME: &[u8] = b"HTTP/";
        let (name, rest) = self.rest.split_at_checked(NAME.len()).unwrap_or((self.rest, &[]));
        if !NAME.starts_with(name) {
            return Err(BAD);
        }
        let [major, b'.', minor, rest @ ..] = rest else {
            let is_beginning = rest.len() < 3
                && rest.iter().zip([true, false]).all(
                    |(byte, is_digit)| {
                        if is_digit { byte.is_ascii_digit() } else { *byte == b'.' }
                    },
                );
            return Err(if is_beginning { Stop::Partial } else { BAD });
        };
        if !major.is_ascii_digit() || !minor.is_ascii_digit() {
            return Err(BAD);
        }
        self.rest = rest;
        if !self.ends_line()? {
            return Err(BAD);
        }
        match (major, minor) {
            (b'1', minor) => Ok((minor - b'0').min(1)),
            _ => Err(Stop::Refused(Status::VersionNotSupported)),
        }
    }

    /// The next field's name and value, or none after the last one.
    #[inline]
    pub(crate) fn field(&mut self) -> Result<Option<Field<'a>>, Stop> {
        if self.ends_line()? {
            return Ok(None);
        }
        let name = self.token(b':')?;
        let length = end_of_value(self.rest).ok_or(Stop::Partial)?;
        let (value, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        if !self.ends_line()? {
            return Err(BAD);
        }
        Ok(Some((name, trimmed(value))))
    }

    /// A token and the byte behind it.
    fn token(&mut self, behind: u8) -> Result<&'a [u8], Stop> {
        let length = self.rest.iter().position(|byte| !TOKEN.has(*byte));
        self.cut(length, behind)
    }

    /// Takes what is as long as this, and not empty, and the byte behind it.
    fn cut(&mut self, length: Option<usize>, behind: u8) -> Result<&'a [u8], Stop> {
        let (part, rest) = self.rest.split_at_checked(length.ok_or(Stop::Partial)?).unwrap_or_default();
        match rest {
            [byte, rest @ ..] if *byte == behind && !part.is_empty() => {
                self.rest = rest;
                Ok(part)
            }
            _ => Err(BAD),
        }
    }

    /// Whether a line ends here; then its end is taken.
    fn ends_line(&mut self) -> Result<bool, Stop> {
        match self.rest {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => {
                self.rest = rest;
                Ok(true)
            }
            [] | [b'\r'] => Err(Stop::Partial),
            _ => Ok(false),
        }
    }
}

/// A value without the white space around it.
#[inline(never)] // it is needed in many places
pub(crate) fn trimmed(value: &[u8]) -> &[u8] {
    value.trim_ascii()
}

/// Whether a word is this one, in small or capital letters; `known` has small letters, digits and `-`.
#[inline(never)] // as well
pub(crate) fn is_word(word: &[u8], known: &[u8]) -> bool {
    // Control characters, which this would make others of, were refused. What `core` has for this is vectorized, and four times as large.
    word.len() == known.len() && word.iter().zip(known).all(|(byte, known)| byte | 0x20 == *known)
}

/// The length of a field's value: up to the first control character that is no tab; none where that has not been received.
fn end_of_value(bytes: &[u8]) -> Option<usize> {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let mut length = 0;
    // Eight at a time, as long as none of them is a control character.
    while let Some(word) = bytes.get(length..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_ne_bytes(*word);
        let below_space = word.wrapping_sub(EACH * 0x20) & !word;
        let deleted = word ^ (EACH * 0x7f);
        let is_deleted = deleted.wrapping_sub(EACH) & !deleted;
        if (below_space | is_deleted) & (EACH * 0x80) != 0 {
            break;
        }
        length += 8;
    }
    let is_end = |byte: &u8| *byte != b'\t' && (*byte < b' ' || *byte == 0x7f);
    bytes.get(length..)?.iter().position(is_end).map(|more| length + more)
}

#[cfg(test)]
mod tests;
