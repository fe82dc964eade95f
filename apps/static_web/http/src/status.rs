//! HTTP status codes.

/// The status of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // RFC 9110, section 15, has these names.
pub enum Status {
    Ok,
    PartialContent,
    MovedPermanently,
    NotModified,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    PreconditionFailed,
    UriTooLong,
    RangeNotSatisfiable,
    ExpectationFailed,
    FieldsTooLarge,
    NotImplemented,
    VersionNotSupported,
}

impl Status {
    /// The status line: the code and its reason phrase.
    pub(crate) fn line(self) -> &'static str {
        match self {
            Status::Ok => "HTTP/1.1 200 OK",
            Status::PartialContent => "HTTP/1.1 206 Partial Content",
            Status::MovedPermanently => "HTTP/1.1 301 Moved Permanently",
            Status::NotModified => "HTTP/1.1 304 Not Modified",
            Status::BadRequest => "HTTP/1.1 400 Bad Request",
            Status::NotFound => "HTTP/1.1 404 Not Found",
            Status::MethodNotAllowed => "HTTP/1.1 405 Method Not Allowed",
            Status::NotAcceptable => "HTTP/1.1 406 Not Acceptable",
            Status::RequestTimeout => "HTTP/1.1 408 Request Timeout",
            Status::PreconditionFailed => "HTTP/1.1 412 Precondition Failed",
            Status::UriTooLong => "HTTP/1.1 414 URI Too Long",
            Status::RangeNotSatisfiable => "HTTP/1.1 416 Range Not Satisfiable",
            Status::ExpectationFailed => "HTTP/1.1 417 Expectation Failed",
            Status::FieldsTooLarge => "HTTP/1.1 431 Request Header Fields Too Large",
            Status::NotImplemented => "HTTP/1.1 501 Not Implemented",
            Status::VersionNotSupported => "HTTP/1.1 505 HTTP Version Not Supported",
        }
    }

    /// The reason phrase, as the body of an answer without other content.
    pub(crate) fn body(self) -> &'static str {
        match self {
            Status::NotFound => "Not found",
            // Without the code.
            status => status.line().get(13..).unwrap_or_default(),
        }
    }
}
