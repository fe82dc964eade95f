//! The logic of `template-name`, which needs no machine: `cargo test` runs its unit tests on the host.
//!
//! Requests of HTTP/1.1, parsed by the crate `httparse`, and the heads of answers to them.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt;

/// The most header fields of a request.
const FIELDS: usize = 64;

/// What a client has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// The head is not complete yet.
    Incomplete,
    /// A file, by the key of its value, with its contents or without.
    File {
        /// The key.
        key: &'a str,
        /// Whether it is `HEAD`, which is answered without the contents.
        is_head: bool,
    },
    /// Something that is answered with an error.
    Refused(Status),
}

/// The statuses of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The file follows.
    Ok = 200,
    /// The request could not be parsed.
    BadRequest = 400,
    /// There is no such file.
    NotFound = 404,
    /// Neither `GET` nor `HEAD`.
    MethodNotAllowed = 405,
    /// The head is longer than the buffer, or has too many fields.
    FieldsTooLarge = 431,
}

impl Status {
    /// The name of the status.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Status::Ok => "OK",
            Status::BadRequest => "Bad Request",
            Status::NotFound => "Not Found",
            Status::MethodNotAllowed => "Method Not Allowed",
            Status::FieldsTooLarge => "Request Header Fields Too Large",
        }
    }
}

/// Parses what was received so far.
#[must_use]
pub fn parse(bytes: &[u8]) -> Request<'_> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Request::Incomplete,
        Err(httparse::Error::TooManyHeaders) => return Request::Refused(Status::FieldsTooLarge),
        Err(_) => return Request::Refused(Status::BadRequest),
    }
    let is_head = match request.method {
        Some("GET") => false,
        Some("HEAD") => true,
        _ => return Request::Refused(Status::MethodNotAllowed),
    };
    match request.path.map(key) {
        Some(Some(key)) => Request::File { key, is_head },
        _ => Request::Refused(Status::BadRequest),
    }
}

/// The key of a path: the query is ignored, and `/` is the index.
fn key(path: &str) -> Option<&str> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    match path.strip_prefix('/')? {
        "" => Some("index.html"),
        key => Some(key),
    }
}

/// The head of an answer. The connection is closed after it.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// The status.
    pub status: Status,
    /// The type of the contents.
    pub content_type: &'static str,
    /// The length of the contents in bytes.
    pub length: usize,
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head {
            status,
            content_type,
            length,
        } = self;
        write!(
            formatter,
            "HTTP/1.1 {} {}\r\n",
            *status as u16,
            status.reason()
        )?;
        write!(
            formatter,
            "Content-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Head, Request, Status, parse};
    use std::string::ToString;

    #[test]
    fn files_are_asked_for() {
        let index = Request::File {
            key: "index.html",
            is_head: false,
        };
        assert_eq!(parse(b"GET / HTTP/1.1\r\nHost: you\r\n\r\n"), index);
        assert_eq!(parse(b"GET /?a=b HTTP/1.0\r\n\r\n"), index);
        let style = Request::File {
            key: "style.css",
            is_head: true,
        };
        assert_eq!(parse(b"HEAD /style.css HTTP/1.1\r\n\r\n"), style);
    }

    #[test]
    fn a_head_comes_in_pieces() {
        let head = b"GET / HTTP/1.1\r\nHost: you\r\n\r\n";
        for length in 0..head.len() {
            assert_eq!(
                parse(&head[..length]),
                Request::Incomplete,
                "{length} bytes"
            );
        }
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(
            parse(b"POST / HTTP/1.1\r\n\r\n"),
            Request::Refused(Status::MethodNotAllowed)
        );
        assert_eq!(
            parse(b"\x16\x03\x01\x02\x00"),
            Request::Refused(Status::BadRequest)
        );
        assert_eq!(
            parse(b"GET style.css HTTP/1.1\r\n\r\n"),
            Request::Refused(Status::BadRequest)
        );
        let many = ["GET / HTTP/1.1\r\n", &"a: b\r\n".repeat(65), "\r\n"].concat();
        assert_eq!(
            parse(many.as_bytes()),
            Request::Refused(Status::FieldsTooLarge)
        );
    }

    #[test]
    fn the_head_of_an_answer() {
        let head = Head {
            status: Status::NotFound,
            content_type: "text/plain",
            length: 9,
        };
        let text = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\nConnection: close\r\n\r\n";
        assert_eq!(head.to_string(), text);
    }
}
