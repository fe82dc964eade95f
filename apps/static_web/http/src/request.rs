//! Requests: a head is cut by `head`, and interpreted here.
//!
//! Input that two programs on the same connection could interpret differently is refused (RFC 9112, section 11.2).

pub use crate::fields::Body;
use crate::fields::{Fields, Framing, Name};
use crate::head::{Reader, Stop};
use crate::status::Status;

/// The most fields that a head may have.
pub const FIELDS: usize = 64;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// A file.
    Get,
    /// The head of a file's answer.
    Head,
    /// A method of HTTP that no file has.
    Other,
    /// No method of HTTP.
    Unknown,
}

impl Method {
    fn of(name: &[u8]) -> Self {
        // RFC 9110, section 9, and RFC 5789.
        const OTHERS: [&[u8]; 7] = [b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"];
        match name {
            b"GET" => Method::Get,
            b"HEAD" => Method::Head,
            name if OTHERS.contains(&name) => Method::Other,
            _ => Method::Unknown,
        }
    }
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
    /// The fields that make an answer conditional, partial or encoded.
    pub(crate) fields: Fields<'a>,
}

/// Parses a head if it is complete; returns its length, too.
///
/// # Errors
/// The status to answer with; where the next request would begin is then not known.
#[inline(always)] // otherwise the result is copied twice for each request
pub fn parse(bytes: &[u8]) -> Result<Option<(Request<'_>, usize)>, Status> {
    match cut(bytes) {
        Ok(parsed) => Ok(Some(parsed)),
        Err(Stop::Partial) => Ok(None),
        Err(Stop::Refused(status)) => Err(status),
    }
}

#[inline(always)]
fn cut(bytes: &[u8]) -> Result<(Request<'_>, usize), Stop> {
    let mut reader = Reader { rest: bytes };
    let method = match bytes.strip_prefix(b"GET ") {
        // What nearly all begin with.
        Some(rest) => {
            reader.rest = rest;
            Method::Get
        }
        None => {
            reader.skip_empty_lines()?;
            Method::of(reader.method()?)
        }
    };
    let target = reader.target()?;
    let version = reader.version()?;
    let lines = reader.rest;
    let mut framing = Framing::new(version, target);
    let mut take = |name, value: &[u8]| {
        let start = value.as_ptr().addr().wrapping_sub(lines.as_ptr().addr());
        framing.take(name, value, start).map_err(Stop::Refused)
    };
    let mut count = 0;
    // What most go on with.
    if let Some(rest) = lines.strip_prefix(b"Host:") {
        reader.rest = rest;
        take(Name::Host, reader.value()?)?;
        count = 1;
    }
    while let Some((name, value)) = reader.field()? {
        count += 1;
        if count > FIELDS {
            return Err(Stop::Refused(Status::FieldsTooLarge));
        }
        if let Some(name) = Name::of(name) {
            take(name, value)?;
        }
    }
    let body = framing.body().map_err(Stop::Refused)?;
    let request = Request { method, target, version, is_kept: framing.is_kept(), body, fields: framing.fields(lines) };
    Ok((request, bytes.len() - reader.rest.len()))
}

/// Whether this head, complete or not, right or wrong, is that of a `HEAD`, whose answer has no body even where it is refused.
#[must_use]
pub fn is_for_head(bytes: &[u8]) -> bool {
    first_line(bytes).starts_with(b"HEAD ")
}

/// Why a head that fills all the room that there is cannot be read: its line is too long, or its fields.
#[must_use]
pub fn too_large(bytes: &[u8]) -> Status {
    if first_line(bytes).contains(&b'\n') { Status::FieldsTooLarge } else { Status::UriTooLong }
}

/// From the first line on that is not empty.
fn first_line(bytes: &[u8]) -> &[u8] {
    let mut reader = Reader { rest: bytes };
    // Where it is wrong, this is where.
    let _ = reader.skip_empty_lines();
    reader.rest
}

#[cfg(test)]
mod tests;
