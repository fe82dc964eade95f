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

    /// The method, and the space behind it.
    pub(crate) fn method(&mut self) -> Result<&'a [u8], Stop> {
        self.token(b' ')
    }

    /// The target, and the space behind it.
    pub(crate) fn target(&mut self) -> Result<&'a [u8], Stop> {
        let suspects = |word| below(word, b' ' + 1) | equal(word, 0x7f);
        let length = position(self.rest, suspects, |byte| byte <= b' ' || byte == 0x7f);
        self.cut(length, b' ')
    }

    /// The minor version of HTTP/1, and the end of the line; higher ones than 1 mean 1 (RFC 9110, section 2.5).
    pub(crate) fn version(&mut self) -> Result<u8, Stop> {
        const NAME: &[u8] = b"HTTP/";
        // What nearly all send.
        if let Some(rest) = self.rest.strip_prefix(b"HTTP/1.1\r\n") {
            self.rest = rest;
            return Ok(1);
        }
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
        Ok(Some((name, self.value()?)))
    }

    /// A field's value, to the end of its line.
    #[inline]
    pub(crate) fn value(&mut self) -> Result<&'a [u8], Stop> {
        let length = end_of_value(self.rest).ok_or(Stop::Partial)?;
        let (value, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        if !self.ends_line()? {
            return Err(BAD);
        }
        Ok(trimmed(value))
    }

    /// A token and the byte behind it.
    fn token(&mut self, behind: u8) -> Result<&'a [u8], Stop> {
        let length = position(self.rest, |word| !letters_and_dashes(word), |byte| !TOKEN.has(byte));
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
    let is_end = |byte: u8| byte != b'\t' && (byte < b' ' || byte == 0x7f);
    position(bytes, |word| below(word, b' ') | equal(word, 0x7f), is_end)
}

/// The first byte that is an end. Eight are looked at together: `suspects` has the highest bit of each byte that may be one, and may be wrong
/// about those behind the first.
#[inline]
fn position(bytes: &[u8], suspects: impl Fn(u64) -> u64, is_end: impl Fn(u8) -> bool) -> Option<usize> {
    let mut at = 0;
    loop {
        if let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let first = (suspects(u64::from_le_bytes(*word)) & HIGHEST).trailing_zeros();
            at += first as usize / 8;
            if first == u64::BITS {
                continue;
            }
        }
        if is_end(*bytes.get(at)?) {
            return Some(at);
        }
        at += 1;
    }
}

const EACH: u64 = u64::from_ne_bytes([1; 8]);
const HIGHEST: u64 = EACH << 7;

/// The bytes that are below one of up to 0x80, and perhaps some behind the first of them.
fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(EACH * u64::from(byte)) & !word
}

/// The bytes that are this one, and perhaps some behind the first of them.
fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (EACH * u64::from(byte)), 1)
}

/// The bytes that are letters or `-`, without exception.
fn letters_and_dashes(word: u64) -> u64 {
    between(word | (EACH * 0x20), b'a', b'z') | between(word, b'-', b'-')
}

/// The bytes of ASCII between two, without exception.
#[inline(always)]
fn between(word: u64, first: u8, last: u8) -> u64 {
    let from = |byte: u8| (word & !HIGHEST) + EACH * u64::from(0x80 - byte);
    !word & from(first) & !from(last + 1)
}

#[cfg(test)]
mod tests;
