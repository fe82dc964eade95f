//! The fields of a request that this server uses.
//!
//! A field in several lines is one list (RFC 9110, section 5.3). What is not a list is refused if it frames or routes the message, and
//! else ignored, as its definition says: `Host` and `Content-Length` are refused, `Range` and `If-Range` have no effect.

use crate::head::{Reader, is_word, trimmed};
use crate::host;
use crate::range;
use crate::status::Status;

/// The body after a head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Body {
    /// This many bytes, mostly 0.
    Bytes(usize),
    /// A body that is not parsed: the connection is closed after the answer.
    Unread,
}

/// Their names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Name {
    Host,
    Range,
    Expect,
    IfMatch,
    IfRange,
    Connection,
    IfNoneMatch,
    ContentLength,
    AcceptEncoding,
    TransferEncoding,
}

impl Name {
    /// The field of this name, in small or capital letters.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        // By length first, which distinguishes nearly all of them.
        let (field, known): (_, &[u8]) = match (name.len(), name.get(3)) {
            (4, _) => (Name::Host, b"host"),
            (5, _) => (Name::Range, b"range"),
            (6, _) => (Name::Expect, b"expect"),
            (8, Some(b'm' | b'M')) => (Name::IfMatch, b"if-match"),
            (8, _) => (Name::IfRange, b"if-range"),
            (10, _) => (Name::Connection, b"connection"),
            (13, _) => (Name::IfNoneMatch, b"if-none-match"),
            (14, _) => (Name::ContentLength, b"content-length"),
            (15, _) => (Name::AcceptEncoding, b"accept-encoding"),
            (17, _) => (Name::TransferEncoding, b"transfer-encoding"),
            _ => return None,
        };
        is_word(name, known).then_some(field)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// How many names there are.
const NAMES: usize = Name::TransferEncoding as usize + 1;

/// The fields of one request: which there are, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    lines: &'a [u8],
    places: Places,
}

/// Where fields stand.
#[derive(Clone, Copy, Default, Debug)]
struct Places {
    /// The names that there are, a bit each.
    seen: u16,
    /// Those whose value is not at one place: they are looked for in all lines.
    several: u16,
    /// Where the value of each of the others begins and ends.
    values: [(u16, u16); NAMES],
}

impl<'a> Fields<'a> {
    /// Whether the request has this field.
    pub(crate) fn has(&self, name: Name) -> bool {
        self.places.seen & name.bit() != 0
    }

    /// Whether it has a line of this field with such a value.
    pub(crate) fn any(&self, wanted: Name, is_such: &mut dyn FnMut(&'a [u8]) -> bool) -> bool {
        if !self.has(wanted) {
            return false;
        }
        if self.places.several & wanted.bit() == 0 {
            return self.single(wanted).is_some_and(is_such);
        }
        let mut reader = Reader { rest: self.lines };
        // All of it was read before.
        while let Ok(Some((name, value))) = reader.field() {
            if Name::of(name) == Some(wanted) && is_such(value) {
                return true;
            }
        }
        false
    }

    /// The value of a field that is no list: none where there are several.
    pub(crate) fn single(&self, wanted: Name) -> Option<&'a [u8]> {
        let Places { seen, several, values } = self.places;
        if seen & !several & wanted.bit() == 0 {
            return None;
        }
        let (start, end) = values.get(wanted as usize)?;
        self.lines.get(usize::from(*start)..usize::from(*end))
    }
}

/// Whether a value that is a list has such a member; empty ones do not count (RFC 9110, section 5.6.1).
pub(crate) fn any_member(value: &[u8], is_such: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let mut members = value.split(|byte| *byte == b',').map(trimmed);
    members.any(|member| !member.is_empty() && is_such(member))
}

/// What the fields of a head say about its message and its connection.
pub(crate) struct Framing {
    version: u8,
    /// Whether the target has an authority, and `Host` is not asked for one.
    has_authority: bool,
    places: Places,
    close: bool,
    keep_alive: bool,
    expects: bool,
    length_bytes: usize,
}

impl Framing {
    pub(crate) fn new(version: u8, target: &[u8]) -> Self {
        let has_authority = !matches!(target.first(), Some(b'/' | b'*'));
        let places = Places::default();
        Framing { version, has_authority, places, close: false, keep_alive: false, expects: false, length_bytes: 0 }
    }

    /// Takes a line: the value is so many bytes behind the first line.
    pub(crate) fn take(&mut self, name: Name, value: &[u8], start: usize) -> Result<(), Status> {
        let is_another = self.places.seen & name.bit() != 0;
        self.places.seen |= name.bit();
        let place = (u16::try_from(start), u16::try_from(start + value.len()));
        match (place, self.places.values.get_mut(name as usize)) {
            ((Ok(start), Ok(end)), Some(place)) if !is_another => *place = (start, end),
            _ => self.places.several |= name.bit(),
        }
        match name {
            // An empty one is right where the target names the host itself (RFC 9112, section 3.2).
            Name::Host if is_another || !(host::is_authority(value) || value.is_empty() && self.has_authority) => {
                return Err(Status::BadRequest);
            }
            // Nothing was expected of a server of HTTP/1.0 (RFC 9110, section 10.1.1).
            Name::Expect if self.version > 0 => {
                let is_unknown = any_member(value, &mut |member| {
                    self.expects = true;
                    !is_word(member, b"100-continue")
                });
                if is_unknown {
                    return Err(Status::ExpectationFailed);
                }
            }
            Name::Connection => {
                any_member(value, &mut |token| {
                    self.close |= is_word(token, b"close");
                    self.keep_alive |= is_word(token, b"keep-alive");
                    false
                });
            }
            Name::ContentLength => match range::number(value) {
                Some(length) if !is_another => self.length_bytes = length,
                _ => return Err(Status::BadRequest),
            },
            Name::TransferEncoding if is_another => return Err(Status::BadRequest),
            Name::TransferEncoding if !is_word(value, b"chunked") => {
                // Where `chunked` is not the last one, and once, nobody knows where the body ends (RFC 9112, section 6.3). Where it is,
                // it is the coding before it that is not known.
                let (mut last, mut is_endless) = (false, false);
                any_member(value, &mut |coding| {
                    is_endless |= last;
                    last = is_word(coding, b"chunked");
                    false
                });
                return Err(if last && !is_endless { Status::NotImplemented } else { Status::BadRequest });
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the client wants to keep the connection open.
    pub(crate) fn is_kept(&self) -> bool {
        !self.close && (self.version > 0 || self.keep_alive)
    }

    /// The fields, which stand in these lines.
    pub(crate) fn fields<'a>(&self, lines: &'a [u8]) -> Fields<'a> {
        Fields { lines, places: self.places }
    }

    /// The body after the head (RFC 9112, section 6.3).
    pub(crate) fn body(&self) -> Result<Body, Status> {
        let has = |name: Name| self.places.seen & name.bit() != 0;
        let is_chunked = has(Name::TransferEncoding);
        let is_ambiguous = is_chunked && (has(Name::ContentLength) || self.version == 0);
        if is_ambiguous || self.version > 0 && !has(Name::Host) {
            return Err(Status::BadRequest);
        }
        Ok(match self.length_bytes {
            // A client that waits for `100 Continue` may send its body or not after this answer.
            _ if is_chunked || self.expects => Body::Unread,
            length => Body::Bytes(length),
        })
    }
}
