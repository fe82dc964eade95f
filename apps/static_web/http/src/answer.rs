//! Answers: the head, and the body that follows it.

use crate::range::{Range, range};
use crate::request::{Method, Request};
use crate::status::Status;

/// The most bytes of a head.
pub const HEAD_BYTES: usize = 320;

/// The longest path segment that is sent back in one.
pub const PART_BYTES: usize = 160;

const TEXT: &str = "text/plain; charset=utf-8";

/// The `Connection` field of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Connection {
    /// It stays open, the default of HTTP/1.1.
    Kept,
    /// It stays open, as an HTTP/1.0 client has requested.
    KeptAlive,
    /// It is closed.
    Closed,
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    status: Status,
    connection: Connection,
    content_type: &'static str,
    content: &'static [u8],
    /// The offset of the content in its file, and the file's size, where it is a part.
    part: (usize, usize),
    is_head: bool,
    /// The version of the content, for caches (RFC 9110, section 8.8.3).
    tag: &'static str,
    /// The last part of the path that lacks a `/`.
    folder: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The answer to a refused request; the connection is closed after it by default.
    #[must_use]
    pub fn refusal(status: Status) -> Self {
        let content = status.body().as_bytes();
        let connection = Connection::Closed;
        Answer { status, connection, content_type: TEXT, content, part: (0, 0), is_head: false, tag: "", folder: &[] }
    }

    /// An answer of this status, with its reason phrase as the body.
    #[must_use]
    pub fn reason(request: &Request<'_>, status: Status) -> Self {
        Answer { is_head: request.method == Method::Head, ..Self::refusal(status) }
    }

    /// The redirect for a folder without its trailing `/`.
    #[must_use]
    pub fn folder(request: &Request<'_>, last_part: &'a [u8]) -> Self {
        Answer { folder: last_part, ..Self::reason(request, Status::MovedPermanently) }
    }

    /// The answer with a file, or the requested part of it; `tag` is the file's version, in quotes.
    #[must_use]
    pub fn file(request: &Request<'_>, content_type: &'static str, tag: &'static str, file: &'static [u8]) -> Self {
        if request.if_none_match.is_some_and(|tags| matches_tag(tags, tag)) {
            return Answer { content: &[], tag, ..Self::reason(request, Status::NotModified) };
        }
        let whole = Answer { content_type, content: file, tag, ..Self::reason(request, Status::Ok) };
        let Some(wanted) = request.range else { return whole };
        if request.method != Method::Get || request.if_range.is_some_and(|wanted| wanted != tag.as_bytes()) {
            return whole;
        }
        match range(wanted, file.len()) {
            Range::Whole => whole,
            Range::Part(first, end) => Answer {
                status: Status::PartialContent,
                content: file.get(first..end).unwrap_or_default(),
                part: (first, file.len()),
                ..whole
            },
            Range::Beyond => Answer { part: (0, file.len()), ..Self::reason(request, Status::RangeNotSatisfiable) },
        }
    }

    /// Sets whether the connection stays open.
    #[must_use]
    pub fn with(self, connection: Connection) -> Self {
        Answer { connection, ..self }
    }

    /// Whether the connection stays open.
    #[must_use]
    pub fn connection(&self) -> Connection {
        self.connection
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The bytes that follow the head.
    #[must_use]
    pub fn body(&self) -> &'static [u8] {
        if self.is_head { &[] } else { self.content }
    }

    /// Writes the head. It is always the same for an answer, so after a partial write the rest can be made again.
    #[must_use]
    pub fn head<'b>(&self, room: &'b mut [u8; HEAD_BYTES]) -> &'b [u8] {
        let mut head = Head { room, length: 0 };
        head.text(self.status.line());
        match self.status {
            Status::Ok | Status::PartialContent => {
                head.text("\r\naccept-ranges: bytes\r\netag: ");
                head.text(self.tag);
                head.text("\r\ncontent-type: ");
            }
            Status::NotModified => {
                head.text("\r\netag: ");
                head.text(self.tag);
            }
            Status::MethodNotAllowed => head.text("\r\nallow: GET, HEAD\r\ncontent-type: "),
            Status::MovedPermanently => {
                head.text("\r\nlocation: ./");
                head.bytes(self.folder);
                head.text("/\r\ncontent-type: ");
            }
            _ => head.text("\r\ncontent-type: "),
        }
        if self.status != Status::NotModified {
            head.text(self.content_type);
            head.text("\r\ncontent-length: ");
            head.number(self.content.len());
        }
        match (self.status, self.part) {
            (Status::PartialContent, (first, size)) => {
                head.text("\r\ncontent-range: bytes ");
                head.number(first);
                head.text("-");
                head.number((first + self.content.len()).saturating_sub(1));
                head.text("/");
                head.number(size);
            }
            (Status::RangeNotSatisfiable, (_, size)) => {
                head.text("\r\ncontent-range: bytes */");
                head.number(size);
            }
            _ => {}
        }
        head.text(match self.connection {
            Connection::Kept => "\r\n\r\n",
            Connection::KeptAlive => "\r\nconnection: keep-alive\r\n\r\n",
            Connection::Closed => "\r\nconnection: close\r\n\r\n",
        });
        let Head { room, length } = head;
        room.get(..length).unwrap_or_default()
    }
}

/// Whether an `If-None-Match` names this version; by weak comparison, as specified (RFC 9110, section 13.1.2).
fn matches_tag(value: &[u8], current: &str) -> bool {
    let mut tags = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == current.as_bytes())
}

/// A head that is being written. `core::fmt` would be several kilobytes for a number.
struct Head<'a> {
    room: &'a mut [u8; HEAD_BYTES],
    length: usize,
}

impl Head<'_> {
    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        // Always fits: a test checks the longest head.
        if let Some(room) = self.room.get_mut(self.length..self.length + bytes.len()) {
            room.copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }

    fn number(&mut self, number: usize) {
        let (mut count, mut rest) = (1, number / 10);
        while rest > 0 {
            (count, rest) = (count + 1, rest / 10);
        }
        let room = self.room.get_mut(self.length..self.length + count).unwrap_or_default();
        self.length += room.len();
        let mut rest = number;
        for digit in room.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    }
}

#[cfg(test)]
mod tests;
