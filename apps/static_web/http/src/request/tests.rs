use super::{Body, FIELDS, Method, Request, is_for_head, parse, too_large};
use crate::fields::Name;
use crate::status::Status;

fn request(head: &str) -> Request<'_> {
    let (request, length) = parse(head.as_bytes()).expect("is right").expect("is whole");
    assert_eq!(length, head.len());
    request
}

fn refused(head: &str) -> Option<Status> {
    parse(head.as_bytes()).err()
}

#[test]
fn a_head_is_read() {
    let head =
        "GET /a?b HTTP/1.1\r\nHost: h\r\nRANGE: bytes=1-2\r\nIf-None-Match: \"x\"\r\nif-range: \"y\"\r\nX: y\r\n\r\n";
    let request = request(head);
    assert_eq!((request.method, request.target, request.version), (Method::Get, &b"/a?b"[..], 1));
    assert!(request.is_kept && request.body == Body::Bytes(0));
    assert_eq!(request.fields.single(Name::Range), Some(&b"bytes=1-2"[..]));
    let values = [Name::IfNoneMatch, Name::IfRange].map(|name| request.fields.single(name));
    assert_eq!(values, [Some(&b"\"x\""[..]), Some(&b"\"y\""[..])]);
}

#[test]
fn every_beginning_of_a_head_is_not_whole_yet() {
    let head = "\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
    assert!((0..head.len()).all(|length| matches!(parse(&head.as_bytes()[..length]), Ok(None))));
    assert_eq!(request(head).method, Method::Head);
    let two = format!("{head}GET");
    assert_eq!(parse(two.as_bytes()).unwrap().unwrap().1, head.len());
}

#[test]
fn other_methods_are_told_apart_from_nonsense() {
    let method = |name: &str| request(&format!("{name} / HTTP/1.1\r\nHost: h\r\n\r\n")).method;
    for name in ["POST", "OPTIONS", "PUT", "DELETE", "CONNECT", "TRACE", "PATCH"] {
        assert_eq!(method(name), Method::Other, "{name}");
    }
    for name in ["get", "BREW", "GETS", "HEA", "PRI", "!"] {
        assert_eq!(method(name), Method::Unknown, "{name}");
    }
}

#[test]
fn connections_are_kept_as_both_versions_have_it() {
    for (version, connection, is_kept) in [
        (1, "", true),
        (1, "Connection: close\r\n", false),
        (1, "Connection: x, Close\r\n", false),
        (1, "Connection: keep-alive\r\nConnection: close\r\n", false),
        (0, "", false),
        (0, "Connection: Keep-Alive\r\n", true),
        (0, "Connection: keep-alive, close\r\n", false),
    ] {
        let head = format!("GET / HTTP/1.{version}\r\nHost: h\r\n{connection}\r\n");
        assert_eq!(request(&head).is_kept, is_kept, "{head}");
    }
}

#[test]
fn bodies_are_measured_or_not_read() {
    for (fields, body) in [
        ("Content-Length: 0\r\n", Body::Bytes(0)),
        ("Content-Length: 17\r\n", Body::Bytes(17)),
        ("Content-Length: 99999999999999999999999\r\n", Body::Bytes(usize::MAX)),
        ("Transfer-Encoding: Chunked\r\n", Body::Unread),
        ("Content-Length: 17\r\nExpect: 100-Continue\r\n", Body::Unread),
    ] {
        assert_eq!(request(&format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n")).body, body, "{fields}");
    }
}

#[test]
fn what_could_mean_two_things_is_refused() {
    for fields in [
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 1\r\nContent-Length: 1\r\n",
        "Content-Length: 1, 1\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x1\r\n",
        "Content-Length:\r\n",
        "Content-Length : 1\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: h\r\n",
        " folded\r\n",
        "X: a\r\n folded\r\n",
        "X\r\n",
        "X: \0\r\n",
    ] {
        assert_eq!(
            refused(&format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n")),
            Some(Status::BadRequest),
            "{fields}"
        );
    }
    assert_eq!(refused("GET / HTTP/1.1\r\n\r\n"), Some(Status::BadRequest), "no host");
    assert_eq!(refused("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Some(Status::BadRequest));
    for coding in ["gzip, chunked", "chunked, chunked", "identity", "xchunked", "chunked\x0b"] {
        let head = format!("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: {coding}\r\n\r\n");
        assert!(matches!(refused(&head), Some(Status::NotImplemented | Status::BadRequest)), "{coding}");
    }
    assert_eq!(refused("GET / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n"), Some(Status::ExpectationFailed));
}

#[test]
fn other_versions_and_nonsense_are_told_apart() {
    for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/3.0"] {
        assert_eq!(refused(&format!("GET / {version}\r\n\r\n")), Some(Status::VersionNotSupported), "{version}");
    }
    // What is new in a minor version can be ignored.
    assert_eq!(request("GET / HTTP/1.2\r\nHost: h\r\n\r\n").version, 1);
    assert_eq!(refused("GET / HTTP/1.2\r\n\r\n"), Some(Status::BadRequest), "no host");
    for head in [
        "GET / FTP/1.1\r\n\r\n",
        "GET /\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\0",
        "{}\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET /a\tb HTTP/1.1\r\n",
        "GET / http/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        " GET / HTTP/1.1\r\n",
    ] {
        assert_eq!(refused(head), Some(Status::BadRequest), "{head:?}");
    }
}

#[test]
fn too_many_fields_are_refused() {
    let head = |fields| format!("GET / HTTP/1.1\r\nHost: h\r\n{}\r\n", "X: y\r\n".repeat(fields));
    assert!(parse(head(FIELDS - 1).as_bytes()).unwrap().is_some());
    assert_eq!(refused(&head(FIELDS)), Some(Status::FieldsTooLarge));
}

#[test]
fn a_host_is_one_and_is_right() {
    let host = |version, target, fields: &str| {
        parse(format!("GET {target} HTTP/1.{version}\r\n{fields}\r\n").as_bytes()).is_ok()
    };
    for value in ["h", "h:80", "[::1]:8080", "10.0.0.2"] {
        assert!(host(1, "/", &format!("Host: {value}\r\n")), "{value}");
    }
    for value in ["", "a b", "a/b", "a@b", "[::1", ":80", "a, b", "http://h", "h:x"] {
        for version in [0, 1, 2] {
            assert!(!host(version, "/", &format!("Host: {value}\r\n")), "{value} {version}");
        }
    }
    for fields in ["Host: h\r\nHost: h\r\n", "Host: h\r\nX: y\r\nhost:\r\n"] {
        assert!(!host(0, "/", fields) && !host(1, "http://h/", fields), "{fields}");
    }
    // It is empty where the target says all of it, or where it has none.
    assert!(host(1, "http://h/", "Host:\r\n") && !host(1, "*", "Host:\r\n") && !host(1, "http://h/", "Host: a b\r\n"));
    assert!(host(0, "/", "") && !host(1, "/", "") && !host(1, "http://h/", ""));
}

#[test]
fn nothing_is_expected_of_an_old_server() {
    for (version, expect, body) in [
        (1, "100-continue", Body::Unread),
        (1, "100-CONTINUE, 100-continue", Body::Unread),
        (1, "", Body::Bytes(7)),
        (0, "100-continue", Body::Bytes(7)),
        (0, "more", Body::Bytes(7)),
    ] {
        let head = format!("POST / HTTP/1.{version}\r\nHost: h\r\nContent-Length: 7\r\nExpect: {expect}\r\n\r\n");
        assert_eq!(request(&head).body, body, "{version} {expect}");
    }
    assert_eq!(
        refused("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nExpect: more\r\n\r\n"),
        Some(Status::ExpectationFailed)
    );
}

#[test]
fn bodies_without_an_end_and_codings_that_are_not_known() {
    for (fields, status) in [
        ("Transfer-Encoding: gzip, chunked\r\n", Status::NotImplemented),
        ("Transfer-Encoding: chunked, gzip\r\n", Status::BadRequest),
        ("Transfer-Encoding: chunked, chunked\r\n", Status::BadRequest),
        ("Transfer-Encoding: Chunked ,identity\r\n", Status::BadRequest),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", Status::BadRequest),
        ("Transfer-Encoding: gzip, , chunked,\r\n", Status::NotImplemented),
        ("Transfer-Encoding: gzip\r\n", Status::BadRequest),
        ("Transfer-Encoding: identity\r\n", Status::BadRequest),
        ("Transfer-Encoding:\r\n", Status::BadRequest),
    ] {
        assert_eq!(refused(&format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n")), Some(status), "{fields}");
    }
}

#[test]
fn heads_that_fill_all_room_say_with_what() {
    for (head, status, is_head) in [
        ("GET /aaaa", Status::UriTooLong, false),
        ("\r\n\nHEAD /aaa", Status::UriTooLong, true),
        ("HEAD / HTTP/1.1\r\nX: yyy", Status::FieldsTooLarge, true),
        ("HEADS / HTTP/1.1\n", Status::FieldsTooLarge, false),
        ("", Status::UriTooLong, false),
    ] {
        assert_eq!((too_large(head.as_bytes()), is_for_head(head.as_bytes())), (status, is_head), "{head:?}");
    }
}

#[test]
fn nothing_panics() {
    let words = [
        "GET ",
        "/ ",
        "HTTP/1.1",
        "\r\n",
        "\n",
        "Host: h",
        "Content-Length: ",
        "9",
        ":",
        "\0",
        "\u{ff}",
        "chunked",
        ",",
    ];
    let mut seed = 7_u32;
    for _ in 0..100_000 {
        let mut head = String::new();
        for _ in 0..seed % 17 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            head.push_str(words[(seed >> 16) as usize % words.len()]);
        }
        seed = seed.wrapping_add(1);
        let _ = parse(head.as_bytes());
    }
}
