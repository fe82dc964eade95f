use super::{Answer, Connection, Representation, Status};
use crate::date;
use crate::request::{Request, parse};

const ETAG: &str = "\"v1\"";

static FILE: &[u8] = b"0123456789";

/// The head and the body of the answer to a request for [`FILE`] with these fields.
fn answer(method: &str, fields: &str) -> (String, &'static [u8]) {
    let head = format!("{method} /a HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
    let (request, _) = parse(head.as_bytes()).unwrap().unwrap();
    let mut answer = Answer::file(&request, &file());
    answer.set_connection(Connection::Kept);
    (written(&answer), answer.body())
}

fn file() -> Representation {
    Representation { content_type: "text/css", coding: "", bytes: FILE, tag: ETAG, is_chosen: false }
}

/// The head, in one piece and in two.
fn written(answer: &Answer<'_>) -> String {
    let length = answer.write_head(None, 0, &mut []);
    let mut head = vec![0; length];
    assert_eq!(answer.write_head(None, 0, &mut head), length);
    let (first, second) = head.split_at(length / 3);
    let mut room = vec![0; length];
    assert_eq!(answer.write_head(None, 0, &mut room[..first.len()]), length);
    assert_eq!(&room[..first.len()], first);
    assert_eq!(answer.write_head(None, first.len(), &mut room), length);
    assert_eq!(&room[..second.len()], second);
    String::from_utf8(head).unwrap()
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
        written(&Answer::refusal(Status::BadRequest, false)),
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 11\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(Answer::refusal(Status::NotFound, false).body(), b"Not found");
    let post = request("POST / HTTP/1.1\r\nHost: h\r\n\r\n");
    let mut answer = Answer::reason(&post, Status::MethodNotAllowed);
    answer.set_connection(Connection::KeptAlive);
    let head = written(&answer);
    assert!(
        head.contains("\r\nallow: GET, HEAD\r\n") && head.ends_with("\r\nconnection: keep-alive\r\n\r\n"),
        "{head}"
    );
    let head = request("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(Answer::reason(&head, Status::NotFound).body(), b"");
}

#[test]
fn heads_of_any_length_are_whole() {
    let get = request("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let connection = Connection::KeptAlive;
    let (part, query) = ([b'a'; 250], [b'?'; 4000]);
    let head = written(&Answer { connection, ..Answer::folder(&get, &part, &query) });
    assert!(
        head.contains("\r\nlocation: ./aaa") && head.contains("a/???") && head.ends_with("alive\r\n\r\n"),
        "{head}"
    );
    let whole = Answer::file(&get, &Representation { content_type: "application/manifest+json", ..file() });
    let head = written(&Answer { status: Status::PartialContent, first: usize::MAX - FILE.len(), connection, ..whole });
    assert!(head.ends_with("alive\r\n\r\n"), "{head}");
}

#[test]
fn a_clock_says_when() {
    let get = request("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    for status in [Status::NotFound, Status::MovedPermanently, Status::BadRequest] {
        let answer = Answer::reason(&get, status);
        let mut room = [0; 300];
        let length = answer.write_head(Some(&date::field(784_111_777)), 0, &mut room);
        let head = str::from_utf8(&room[..length]).unwrap();
        assert!(head.contains("\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), "{head}");
        assert!(!written(&answer).contains("date:"), "without a clock");
    }
}

#[test]
fn encoded_files_have_a_version_of_their_own() {
    let encoded = Representation { coding: "gzip", tag: "\"v1-gzip\"", is_chosen: true, ..file() };
    let head = |fields: &str| {
        let head = format!("GET /a HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
        written(&Answer::file(&request(&head), &encoded))
    };
    for (fields, status, is_encoded, has_tag) in [
        ("", "200 OK", true, true),
        ("Range: bytes=2-4\r\n", "206 Partial Content", true, true),
        ("Range: bytes=2-4\r\nIf-Range: \"v1-gzip\"\r\n", "206 Partial Content", true, true),
        // The part is of other bytes.
        ("Range: bytes=2-4\r\nIf-Range: \"v1\"\r\n", "200 OK", true, true),
        ("If-None-Match: \"v1-gzip\"\r\n", "304 Not Modified", false, true),
        ("If-None-Match: \"v1\"\r\n", "200 OK", true, true),
        ("If-Match: \"v1\"\r\n", "412 Precondition Failed", false, false),
        ("Range: bytes=10-\r\n", "416 Range Not Satisfiable", false, false),
    ] {
        let head = head(fields);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{fields}: {head}");
        assert!(head.contains("\r\nvary: accept-encoding\r\n"), "{fields}: {head}");
        assert_eq!(head.contains("\r\ncontent-encoding: gzip\r\n"), is_encoded, "{fields}: {head}");
        assert_eq!(head.contains("\r\netag: \"v1-gzip\"\r\n"), has_tag, "{fields}: {head}");
    }
    let get = request("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let head = written(&Answer::not_acceptable(&get));
    assert!(head.starts_with("HTTP/1.1 406 Not Acceptable\r\nvary: accept-encoding\r\n"), "{head}");
}

#[test]
fn a_wrong_version_is_a_failed_condition() {
    for tags in [ETAG, "*", &format!("\"a\", {ETAG}"), &format!("\"a\"\r\nIf-Match: {ETAG}")] {
        let (head, body) = answer("GET", &format!("If-Match: {tags}\r\n"));
        assert!(head.starts_with("HTTP/1.1 200 ") && body == FILE, "{tags}: {head}");
    }
    for tags in ["\"a\"", &format!("W/{ETAG}"), ""] {
        // It comes before `If-None-Match`, whatever that says.
        for more in ["", "If-None-Match: *\r\n", "Range: bytes=0-1\r\n"] {
            let (head, body) = answer("GET", &format!("If-Match: {tags}\r\n{more}"));
            assert!(head.starts_with("HTTP/1.1 412 ") && body == b"Precondition Failed", "{tags}: {head}");
        }
    }
}

#[test]
fn dates_of_modification_are_ignored_where_there_are_none() {
    for field in ["If-Modified-Since", "If-Unmodified-Since"] {
        let (head, _) = answer("GET", &format!("{field}: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
        assert!(head.starts_with("HTTP/1.1 200 "), "{field}: {head}");
    }
    let date = "Range: bytes=0-1\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    assert_eq!(answer("GET", date).1, FILE, "the file may have been modified since");
}

#[test]
fn fields_in_several_lines_are_lists_or_nothing() {
    let (head, _) = answer("GET", &format!("If-None-Match: \"a\"\r\nX: y\r\nIf-None-Match: W/{ETAG}, \"b\"\r\n"));
    assert!(head.starts_with("HTTP/1.1 304 "), "{head}");
    for fields in [
        "Range: bytes=0-1\r\nRange: bytes=2-3\r\n",
        "Range: bytes=0-1\r\nRange: bytes=0-1\r\n",
        "Range: bytes=0-1\r\nX: y\r\nrange: 2-3\r\n",
        &format!("Range: bytes=0-1\r\nIf-Range: {ETAG}\r\nIf-Range: {ETAG}\r\n"),
    ] {
        assert_eq!(answer("GET", fields).1, FILE, "{fields}");
    }
}
