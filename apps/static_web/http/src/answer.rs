//! Answers: the head, and the body that follows it.

mod writer;

use crate::date::FIELD_BYTES;
use crate::fields::Name;
use crate::range::{Range, range};
use crate::request::{Method, Request};
use crate::status::Status;
use crate::tags::{self, Comparison};
use writer::Writer;

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

/// A file as it is sent: as it is, or in a content coding.
#[derive(Clone, Copy, Debug)]
pub struct Representation {
    /// The type of the file.
    pub content_type: &'static str,
    /// The name of the content coding; empty for none.
    pub coding: &'static str,
    /// The bytes, in this coding.
    pub bytes: &'static [u8],
    /// The version of these bytes, in quotes (RFC 9110, section 8.8.3).
    pub tag: &'static str,
    /// Whether there are others of the same file.
    pub is_chosen: bool,
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    status: Status,
    connection: Connection,
    /// What it is about. Without a file, a text.
    representation: Representation,
    /// The offset of the content in the representation, where it is a part.
    first: usize,
    /// The body, also of an answer to `HEAD`.
    content: &'static [u8],
    is_head: bool,
    /// The last part of the path that lacks a `/`, and the query, with its `?`.
    location: (&'a [u8], &'a [u8]),
}

impl<'a> Answer<'a> {
    /// The answer to a refused request; the connection is closed after it by default.
    #[must_use]
    pub fn refusal(status: Status, is_head: bool) -> Self {
        let content = status.body().as_bytes();
        let representation =
            Representation { content_type: TEXT, coding: "", bytes: content, tag: "", is_chosen: false };
        let connection = Connection::Closed;
        Answer { status, connection, representation, first: 0, content, is_head, location: (&[], &[]) }
    }

    /// An answer of this status, with its reason phrase as the body.
    #[must_use]
    pub fn reason(request: &Request<'_>, status: Status) -> Self {
        Self::refusal(status, request.method == Method::Head)
    }

    /// The redirect for a folder without its trailing `/`: the last part of its path, and the query, with its `?`.
    #[must_use]
    pub fn folder(request: &Request<'_>, last_part: &'a [u8], query: &'a [u8]) -> Self {
        let mut answer = Self::reason(request, Status::MovedPermanently);
        answer.location = (last_part, query);
        answer
    }

    /// The answer where no representation of a file is acceptable.
    #[must_use]
    pub fn not_acceptable(request: &Request<'_>) -> Self {
        let mut answer = Self::reason(request, Status::NotAcceptable);
        answer.representation.is_chosen = true;
        answer
    }

    /// The answer with a file, or the requested part of it, or what the conditions of the request make of it (RFC 9110, section 13.2.2).
    ///
    /// There is no date of modification, without which `If-Modified-Since` and `If-Unmodified-Since` are to be ignored.
    #[must_use]
    pub fn file(request: &Request<'_>, file: &Representation) -> Self {
        let (fields, tag) = (&request.fields, file.tag);
        let size_bytes = file.bytes.len();
        let (status, part) =
            if fields.has(Name::IfMatch) && !tags::names(fields, Name::IfMatch, tag, Comparison::Strong) {
                (Status::PreconditionFailed, 0..0)
            } else if fields.has(Name::IfNoneMatch) && tags::names(fields, Name::IfNoneMatch, tag, Comparison::Weak) {
                (Status::NotModified, 0..0)
            } else {
                match Self::wanted(request, file) {
                    Range::Whole => (Status::Ok, 0..size_bytes),
                    Range::Part(first, end) => (Status::PartialContent, first..end),
                    Range::Beyond => (Status::RangeNotSatisfiable, 0..0),
                }
            };
        let (content, content_type) = match status {
            Status::Ok | Status::PartialContent | Status::NotModified => {
                (file.bytes.get(part.clone()).unwrap_or_default(), file.content_type)
            }
            _ => (status.body().as_bytes(), TEXT),
        };
        Answer {
            status,
            connection: Connection::Closed,
            representation: Representation { content_type, ..*file },
            first: part.start,
            content,
            is_head: request.method == Method::Head,
            location: (&[], &[]),
        }
    }

    /// The part of a file that is asked for.
    fn wanted(request: &Request<'_>, file: &Representation) -> Range {
        let fields = &request.fields;
        if !fields.has(Name::Range) || request.method != Method::Get {
            return Range::Whole;
        }
        let is_same = !fields.has(Name::IfRange) || fields.single(Name::IfRange) == Some(file.tag.as_bytes());
        match fields.single(Name::Range) {
            Some(value) if is_same => range(value, file.bytes.len()),
            _ => Range::Whole,
        }
    }

    /// Sets whether the connection stays open.
    pub fn set_connection(&mut self, connection: Connection) {
        self.connection = connection;
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

    /// Writes the head into `room`, from its byte `skip` on and as far as there is room; returns the length of the whole head. It is always
    /// the same for an answer and a date, so after a partial write the rest can be made again.
    #[inline(never)] // its caller would load the whole answer before it knows that there is room
    pub fn write_head(&self, date: Option<&[u8; FIELD_BYTES]>, skip: usize, room: &mut [u8]) -> usize {
        let Representation { content_type, coding, bytes, tag, is_chosen } = &self.representation;
        let mut head = Writer::new(room, skip);
        head.put(self.status.line().as_bytes());
        // An origin server with a clock says when (RFC 9110, section 6.6.1).
        if let Some(date) = date {
            head.fixed(date);
        }
        if !coding.is_empty() && matches!(self.status, Status::Ok | Status::PartialContent) {
            head.put(b"\r\ncontent-encoding: ");
            head.put(coding.as_bytes());
        }
        if *is_chosen {
            head.fixed(b"\r\nvary: accept-encoding");
        }
        match self.status {
            Status::Ok | Status::PartialContent => {
                head.fixed(b"\r\naccept-ranges: bytes\r\netag: ");
                head.put(tag.as_bytes());
            }
            Status::NotModified => {
                head.put(b"\r\netag: ");
                head.put(tag.as_bytes());
            }
            Status::MethodNotAllowed => head.put(b"\r\nallow: GET, HEAD"),
            Status::MovedPermanently => {
                let (last_part, query) = self.location;
                head.put(b"\r\nlocation: ./");
                head.reference(last_part);
                head.put(b"/");
                head.reference(query);
            }
            _ => {}
        }
        if self.status != Status::NotModified {
            head.fixed(b"\r\ncontent-type: ");
            head.put(content_type.as_bytes());
            head.fixed(b"\r\ncontent-length: ");
            head.number(self.content.len());
        }
        if self.status == Status::PartialContent {
            head.put(b"\r\ncontent-range: bytes ");
            head.number(self.first);
            head.put(b"-");
            head.number((self.first + self.content.len()).saturating_sub(1));
            head.put(b"/");
            head.number(bytes.len());
        }
        if self.status == Status::RangeNotSatisfiable {
            head.put(b"\r\ncontent-range: bytes */");
            head.number(bytes.len());
        }
        match self.connection {
            Connection::Kept => {}
            Connection::KeptAlive => head.put(b"\r\nconnection: keep-alive"),
            Connection::Closed => head.put(b"\r\nconnection: close"),
        }
        head.fixed(b"\r\n\r\n");
        head.length()
    }
}

#[cfg(test)]
mod tests;
