//! What is answered: a file of the site in the coding that a client prefers, a redirect to a folder, or why not.

use static_web_http::answer::{Answer, Connection, Representation};
use static_web_http::encoding::{self, Choice};
use static_web_http::path::{self, Fault, Path};
use static_web_http::request::{Body, Method, Request};
use static_web_http::status::Status;
use unikernel_rt::kv::Encoding;
use unikernel_rt::prelude::*;

/// The most bytes of an unused body that are read to keep the connection open.
const BODY_BYTES: usize = 64 << 10;

/// The version of the site: it changes with any of its files, and caches ask for all of them again.
const VERSION: &str = concat!("\"", env!("SITE_VERSION"), "\"");
/// The same for what is compressed: other bytes have another tag.
const BROTLI_VERSION: &str = concat!("\"", env!("SITE_VERSION"), "-br\"");
const GZIP_VERSION: &str = concat!("\"", env!("SITE_VERSION"), "-gzip\"");

/// The answer to a request, and whether the connection stays open.
pub(crate) fn answer<'a>(site: Kv, request: &Request<'a>) -> Answer<'a> {
    let is_measured = matches!(request.body, Body::Bytes(..=BODY_BYTES));
    let mut answer = find(site, request);
    answer.set_connection(match request.version {
        _ if !request.is_kept || !is_measured => Connection::Closed,
        0 => Connection::KeptAlive,
        _ => Connection::Kept,
    });
    answer
}

fn find<'a>(site: Kv, request: &Request<'a>) -> Answer<'a> {
    match request.method {
        Method::Get | Method::Head => {}
        Method::Other => return Answer::reason(request, Status::MethodNotAllowed),
        Method::Unknown => return Answer::reason(request, Status::NotImplemented),
    }
    if let Some(file) = path::plain(request.target).and_then(|key| site.exact_with_encodings(key)) {
        return represented(request, file);
    }
    let mut path = match Path::parse(request.target) {
        Ok(path) => path,
        Err(Fault::Bad) => return Answer::reason(request, Status::BadRequest),
        Err(Fault::Long) => return Answer::reason(request, Status::NotFound),
    };
    if let Some(file) = path.file().and_then(|key| site.exact_with_encodings(key)) {
        return represented(request, file);
    }
    let part = if path.is_folder() { &[] } else { path::last_part(request.target) };
    match path.index().and_then(|key| site.exact_with_encodings(key)) {
        // Otherwise relative links on the page would resolve outside the folder.
        Some(_) if !part.is_empty() => Answer::folder(request, part, path::query(request.target)),
        Some(file) => represented(request, file),
        None => Answer::reason(request, Status::NotFound),
    }
}

/// A file as it is embedded: its bytes, their type, and the codings that it is there in besides.
type Embedded = (&'static [u8], &'static str, &'static [Encoding]);

/// The answer with the representation of a file that a request prefers.
#[inline(never)] // it is looked for by several keys
fn represented<'a>(request: &Request<'_>, (bytes, content_type, encodings): Embedded) -> Answer<'a> {
    let is_chosen = !encodings.is_empty();
    let mut file = Representation { content_type, coding: "", bytes, tag: VERSION, is_chosen };
    if is_chosen {
        match encoding::choose(request, encodings.iter().map(|encoding| encoding.coding)) {
            Choice::Identity => {}
            Choice::None => return Answer::not_acceptable(request),
            Choice::Encoded(index) => {
                if let Some(Encoding { coding, bytes }) = encodings.get(index) {
                    let tag = if *coding == "br" { BROTLI_VERSION } else { GZIP_VERSION };
                    file = Representation { coding, bytes, tag, ..file };
                }
            }
        }
    }
    Answer::file(request, &file)
}
