use super::{Answer, Connection, HEAD_BYTES, Head, PART_BYTES, Status};
use crate::request::{Request, parse};

const ETAG: &str = "\"v1\"";

static FILE: &[u8] = b"0123456789";

/// The head and the body of the answer to a request for [`FILE`] with these fields.
fn answer(method: &str, fields: &str) -> (String, &'static [u8]) {
    let head = format!("{method} /a HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
    let (request, _) = parse(head.as_bytes()).unwrap().unwrap();
    let answer = Answer::file(&request, "text/css", ETAG, FILE).with(Connection::Kept);
    (written(&answer), answer.body())
}

fn written(answer: &Answer<'_>) -> String {
    let mut room = [0; HEAD_BYTES];
    String::from_utf8(answer.head(&mut room).to_vec()).unwrap()
}

fn request(head: &str) -> Request<'_> {
    parse(head.as_bytes()).unwrap().unwrap().0
}

#[test]
fn a_file_is_sent_with_its_type_and_length() {
    let head = format!(
        "HTTP/1.1 200 OK\r\naccept-ranges: bytes\r\netag: {ETAG}\r\ncontent-type: text/css\r\ncontent-length: 10\r\n\r\n"
    );
    assert_eq!(answer("GET", ""), (head.clone(), FILE));
    assert_eq!(answer("HEAD", ""), (head, &b""[..]));
}

#[test]
fn who_has_it_already_is_told_so() {
    for tags in [ETAG, "*", &format!("\"a\", W/{ETAG}"), &format!("{ETAG},\"b\"")] {
        let (head, body) = answer("GET", &format!("If-None-Match: {tags}\r\nRange: bytes=0-0\r\n"));
        assert_eq!((head, body), (format!("HTTP/1.1 304 Not Modified\r\netag: {ETAG}\r\n\r\n"), &b""[..]), "{tags}");
    }
    for tags in ["\"a\"", ETAG.trim_matches('"'), ""] {
        assert!(answer("GET", &format!("If-None-Match: {tags}\r\n")).0.starts_with("HTTP/1.1 200 "), "{tags}");
    }
}

#[test]
fn a_part_is_sent_with_its_place() {
    let (head, body) = answer("GET", "Range: bytes=2-4\r\n");
    assert!(head.starts_with("HTTP/1.1 206 Partial Content\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-length: 3\r\ncontent-range: bytes 2-4/10\r\n"), "{head}");
    assert_eq!(body, b"234");
    let (head, _) = answer("GET", "Range: bytes=10-\r\n");
    assert!(head.starts_with("HTTP/1.1 416 ") && head.contains("\r\ncontent-range: bytes */10\r\n"), "{head}");
    assert_eq!(answer("GET", &format!("Range: bytes=-1\r\nIf-Range: {ETAG}\r\n")).1, b"9");
    for fields in ["Range: bytes=-1\r\nIf-Range: \"other\"\r\n", "Range: bytes=-1\r\nIf-Range: W/\"x\"\r\n"] {
        assert_eq!(answer("GET", fields).1, FILE, "{fields}");
    }
    assert!(answer("HEAD", "Range: bytes=2-4\r\n").0.starts_with("HTTP/1.1 200 "), "ranges are for GET");
}

#[test]
fn refusals_say_why() {
    assert_eq!(
        written(&Answer::refusal(Status::BadRequest)),
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 11\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(Answer::refusal(Status::NotFound).body(), b"Not found");
    let post = request("POST / HTTP/1.1\r\nHost: h\r\n\r\n");
    let head = written(&Answer::reason(&post, Status::MethodNotAllowed).with(Connection::KeptAlive));
    assert!(
        head.contains("\r\nallow: GET, HEAD\r\n") && head.ends_with("\r\nconnection: keep-alive\r\n\r\n"),
        "{head}"
    );
    let head = request("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(Answer::reason(&head, Status::NotFound).body(), b"");
}

#[test]
fn the_longest_heads_fit() {
    let get = request("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let connection = Connection::KeptAlive;
    let head = written(&Answer::folder(&get, &[b'a'; PART_BYTES]).with(connection));
    assert!(head.contains("\r\nlocation: ./aaa") && head.ends_with("alive\r\n\r\n"), "{head}");
    let part = (usize::MAX - FILE.len(), usize::MAX);
    let whole = Answer::file(&get, "application/manifest+json", ETAG, FILE);
    let head = written(&Answer { status: Status::PartialContent, part, connection, ..whole });
    assert!(head.ends_with("alive\r\n\r\n"), "{head}");
}

#[test]
fn numbers_are_decimal() {
    for number in [0, 9, 10, 1024, usize::MAX] {
        let mut head = Head { room: &mut [b'x'; HEAD_BYTES], length: 1 };
        head.number(number);
        let expected = format!("x{number}");
        assert_eq!(head.room[..head.length], *expected.as_bytes());
    }
}
