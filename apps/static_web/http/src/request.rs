//! Heads of requests: httparse parses them, and this module interprets them.
//!
//! Input that two programs on the same connection could interpret differently is refused (RFC 9112, section 11.2).

use crate::status::Status;
use core::mem::MaybeUninit;
use httparse::{Header, ParserConfig};

/// The most fields that a head may have.
pub const FIELDS: usize = 64;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// A file.
    Get,
    /// The head of a file's answer.
    Head,
    /// An unsupported method.
    Other,
}

/// The body after a head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Body {
    /// This many bytes, mostly 0.
    Bytes(usize),
    /// A body that is not parsed: the connection is closed after the answer.
    Unread,
}

/// The parts of a request that this server uses.
#[derive(Debug)]
pub struct Request<'a> {
    /// What is asked for.
    pub method: Method,
    /// The request target.
    pub target: &'a [u8],
    /// The minor version of HTTP/1.
    pub version: u8,
    /// Whether the client wants to keep the connection open.
    pub is_kept: bool,
    /// The body.
    pub body: Body,
    /// `If-None-Match`.
    pub if_none_match: Option<&'a [u8]>,
    /// `Range`.
    pub range: Option<&'a [u8]>,
    /// `If-Range`.
    pub if_range: Option<&'a [u8]>,
}

/// Parses a head if it is complete; returns its length, too.
///
/// # Errors
/// The status to answer with; where the next request would begin is then not known.
#[inline(always)] // otherwise the result is copied twice for each request
pub fn parse(bytes: &[u8]) -> Result<Option<(Request<'_>, usize)>, Status> {
    let mut fields = [const { MaybeUninit::<Header<'_>>::uninit() }; FIELDS];
    let mut head = httparse::Request::new(&mut []);
    let config = ParserConfig::default();
    let length = match config.parse_request_with_uninit_headers(&mut head, bytes, &mut fields) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Status::FieldsTooLarge),
        Err(httparse::Error::Version) if has_version(bytes) => return Err(Status::VersionNotSupported),
        Err(_) => return Err(Status::BadRequest),
    };
    let (Some(method), Some(target), Some(version)) = (head.method, head.path, head.version) else {
        return Err(Status::BadRequest);
    };
    let method = match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        _ => Method::Other,
    };
    let target = target.as_bytes();
    let mut fields = Fields::default();
    for Header { name, value } in head.headers.iter() {
        fields.take(name.as_bytes(), value)?;
    }
    let body = fields.body(version)?;
    let is_kept = !fields.close && (version > 0 || fields.keep_alive);
    let Fields { if_none_match, range, if_range, .. } = fields;
    Ok(Some((Request { method, target, version, is_kept, body, if_none_match, range, if_range }, length)))
}

/// Whether a request line ends with an HTTP version, whichever it is.
fn has_version(bytes: &[u8]) -> bool {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
    let line = bytes.get(start..).unwrap_or_default().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let [.., b'H', b'T', b'T', b'P', b'/', major, b'.', minor] = line.trim_ascii_end() else { return false };
    major.is_ascii_digit() && minor.is_ascii_digit()
}

/// The fields that this server uses.
#[derive(Default)]
struct Fields<'a> {
    has_host: bool,
    close: bool,
    keep_alive: bool,
    expects: bool,
    length_bytes: Option<usize>,
    is_chunked: bool,
    if_none_match: Option<&'a [u8]>,
    range: Option<&'a [u8]>,
    if_range: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    fn take(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Status> {
        // By length first, which distinguishes nearly all of them.
        let known: &[u8] = match name.len() {
            4 => b"host",
            5 => b"range",
            6 => b"expect",
            8 => b"if-range",
            10 => b"connection",
            13 => b"if-none-match",
            14 => b"content-length",
            17 => b"transfer-encoding",
            _ => return Ok(()),
        };
        // A token has no byte that this makes another one of these out of.
        if name.iter().zip(known).any(|(byte, known)| byte | 0x20 != *known) {
            return Ok(());
        }
        match name.len() {
            4 if self.has_host => return Err(Status::BadRequest),
            4 => self.has_host = true,
            5 => self.range = Some(value),
            6 if value.eq_ignore_ascii_case(b"100-continue") => self.expects = true,
            6 => return Err(Status::ExpectationFailed),
            8 => self.if_range = Some(value),
            10 => {
                for token in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    self.close |= token.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            13 => self.if_none_match = Some(value),
            14 => match crate::range::number(value) {
                Some(length) if self.length_bytes.is_none() => self.length_bytes = Some(length),
                _ => return Err(Status::BadRequest),
            },
            _ if self.is_chunked => return Err(Status::BadRequest),
            _ if value.eq_ignore_ascii_case(b"chunked") => self.is_chunked = true,
            _ => return Err(Status::NotImplemented),
        }
        Ok(())
    }

    /// The body after the head (RFC 9112, section 6.3).
    fn body(&self, version: u8) -> Result<Body, Status> {
        let is_ambiguous = self.is_chunked && (self.length_bytes.is_some() || version == 0);
        if is_ambiguous || version > 0 && !self.has_host {
            return Err(Status::BadRequest);
        }
        Ok(match self.length_bytes.unwrap_or(0) {
            // A client that waits for `100 Continue` may send its body or not after this answer.
            _ if self.is_chunked || self.expects => Body::Unread,
            length => Body::Bytes(length),
        })
    }
}

#[cfg(test)]
mod tests;
