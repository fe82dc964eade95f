//! Checks that `static_web` behaves as a web server, with curl and with malformed or unusual clients.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::common::kernels::kernel;
use crate::common::web::{Start, Web};
use crate::common::{root, tool};
use unikernel_test::MachineType;

/// What a request for the page of 1 KiB needs.
const GET: &str = "GET /1k.html HTTP/1.1\r\nHost: h\r\n\r\n";

fn start(command_line: &str) -> Web {
    start_on(MachineType::Pc, command_line)
}

fn start_on(machine: MachineType, command_line: &str) -> Web {
    Web::start(&kernel("static_web"), &Start { machine, memory: "3MiB", command_line, more: &[] })
}

fn site() -> PathBuf {
    root().join("apps/static_web/site")
}

/// What curl prints, or writes as `--write-out` says.
fn curl(arguments: &[&str], url: &str) -> Vec<u8> {
    let curl = tool("curl", "curl").args(["--silent", "--show-error", "--max-time", "100", "--path-as-is"]);
    let output = curl.args(arguments).arg(url).output();
    assert!(output.status.success(), "curl {arguments:?} {url}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn curl_gets_every_file_on_every_machine_in_three_mebibytes() {
    for machine in [MachineType::Pc, MachineType::Q35, MachineType::Microvm] {
        let web = start_on(machine, "");
        for (path, file, content_type) in [
            ("/", "index.html", "text/html; charset=utf-8"),
            ("/docs/", "docs/index.html", "text/html; charset=utf-8"),
            ("//docs//index.html?a=b", "docs/index.html", "text/html; charset=utf-8"),
            ("/%73tyle.css", "style.css", "text/css; charset=utf-8"),
            ("/logo.svg", "logo.svg", "image/svg+xml"),
            ("/1k.html", "1k.html", "text/html; charset=utf-8"),
        ] {
            let expected = fs::read(site().join(file)).expect("is in the site");
            assert_eq!(curl(&[], &web.url(path)), expected, "{path} on {machine:?}");
            let head = String::from_utf8(curl(&["--head"], &web.url(path))).expect("is text");
            assert!(head.contains(&format!("\r\ncontent-type: {content_type}\r\n")), "{head}");
            assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", expected.len())), "{head}");
        }
        assert_eq!(curl(&["--write-out", " %{http_code}"], &web.url("/missing")), b"Not found 404");
        assert_eq!(curl(&["--http1.0"], &web.url("/logo.svg")), fs::read(site().join("logo.svg")).unwrap());
    }
}

#[test]
fn curl_uses_what_it_has_already() {
    let web = start("");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (page, tag) = (file("page"), file("tag"));
    curl(&["--etag-save", &tag, "--output", &page], &web.url("/style.css"));
    let code = curl(&["--etag-compare", &tag, "--write-out", "%{http_code}"], &web.url("/style.css"));
    assert_eq!(code, b"304");
    // The beginning of the file is there, the rest is fetched.
    let whole = fs::read(&page).unwrap();
    fs::write(&page, &whole[..100]).unwrap();
    let code = curl(&["--continue-at", "-", "--output", &page, "--write-out", "%{http_code}"], &web.url("/style.css"));
    assert_eq!((code, fs::read(&page).unwrap()), (b"206".to_vec(), whole));
    let answer = curl(&["--location", "--write-out", "%{url_effective}"], &web.url("/docs"));
    let followed = format!("{}{}", fs::read_to_string(site().join("docs/index.html")).unwrap(), web.url("/docs/"));
    assert_eq!(String::from_utf8(answer).unwrap(), followed);
    // Nobody wants it; curl asks before it sends so much, and once it does not.
    let large = file("large");
    fs::write(&large, vec![b'x'; 3 << 20]).unwrap();
    for expect in ["Expect: 100-continue", "Expect:"] {
        let upload = ["--data-binary", &format!("@{large}"), "--header", expect, "--write-out", " %{http_code}"];
        assert_eq!(curl(&upload, &web.url("/")), b"Method Not Allowed 405", "{expect}");
    }
    web.assert_serves("uploads");
}

#[test]
fn every_request_is_answered_as_it_deserves() {
    const HOST: &str = "HTTP/1.1\r\nHost: h\r\n";
    let web = start("");
    for (request, status, is_kept) in [
        (format!("GET /.. {HOST}\r\n"), 400, true),
        (format!("GET /docs/%2e%2E/%2e./etc {HOST}\r\n"), 400, true),
        (format!("GET /%zz {HOST}\r\n"), 400, true),
        (format!("GET /{} {HOST}\r\n", "a/".repeat(1000)), 404, true),
        (format!("GET /docs {HOST}\r\n"), 301, true),
        (format!("GET http://h/docs/ {HOST}\r\n"), 200, true),
        (format!("POST / {HOST}Content-Length: 5\r\n\r\nhello"), 405, true),
        (format!("OPTIONS * {HOST}\r\n"), 405, true),
        (format!("CONNECT h:80 {HOST}\r\n"), 405, true),
        (format!("BREW / {HOST}\r\n"), 501, true),
        (format!("GET * {HOST}\r\n"), 400, true),
        (format!("GET h:80 {HOST}\r\n"), 400, true),
        (format!("GET http://u@h/ {HOST}\r\n"), 400, true),
        (format!("GET /docs/ x {HOST}\r\n"), 400, false),
        (format!("GET / {HOST}Host: h\r\n\r\n"), 400, false),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n".into(), 400, false),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n".into(), 400, false),
        ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n".into(), 400, false),
        ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n".into(), 400, false),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n".into(), 400, false),
        ("GET http://h/ HTTP/1.1\r\nHost:\r\n\r\n".into(), 200, true),
        ("GET / HTTP/1.2\r\nHost: h\r\n\r\n".into(), 200, true),
        ("GET / HTTP/1.9\r\nHost: h\r\nConnection: close\r\n\r\n".into(), 200, false),
        (format!("GET / {HOST}X : y\r\n\r\n"), 400, false),
        (format!("GET / {HOST}X: a\r\n b\r\n\r\n"), 400, false),
        (format!("GET / {HOST}X: a\rb\r\n\r\n"), 400, false),
        (format!("GET / {HOST}Transfer-Encoding: chunked, gzip\r\n\r\n"), 400, false),
        (format!("GET / {HOST}If-Match: \"x\"\r\n\r\n"), 412, true),
        (format!("GET / {HOST}If-Match: *\r\n\r\n"), 200, true),
        (format!("GET /none {HOST}If-Match: *\r\n\r\n"), 404, true),
        (format!("GET / {HOST}If-None-Match: \"x\"\r\nIf-None-Match: *\r\n\r\n"), 304, true),
        (format!("GET / {HOST}Range: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n"), 200, true),
        (format!("GET / {HOST}Accept-Encoding: identity;q=0, br\r\n\r\n"), 406, true),
        (format!("GET /{} {HOST}\r\n", "a".repeat(5000)), 414, false),
        (format!("POST / {HOST}Content-Length: 5000000\r\n\r\nhello"), 405, false),
        (format!("POST / {HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), 405, false),
        (format!("GET / {HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400, false),
        (format!("GET / {HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400, false),
        (format!("GET / {HOST}Transfer-Encoding: gzip\r\n\r\n"), 400, false),
        (format!("GET / {HOST}Transfer-Encoding: gzip, chunked\r\n\r\n"), 501, false),
        (format!("GET / {HOST}Expect: miracles\r\n\r\n"), 417, false),
        (format!("GET / {HOST}Range: bytes=9999-\r\n\r\n"), 416, true),
        (format!("GET / {HOST}Connection: close\r\n\r\n"), 200, false),
        ("GET / HTTP/1.1\r\n\r\n".into(), 400, false),
        ("GET / HTTP/1.0\r\n\r\n".into(), 200, false),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".into(), 200, true),
        ("GET / HTTP/2.0\r\n\r\n".into(), 505, false),
        ("GET /\r\n\r\n".into(), 400, false),
        ("\u{16}\u{3}\u{1}\u{2}".into(), 400, false),
        (format!("GET / {HOST}{}\r\n", "X: y\r\n".repeat(64)), 431, false),
        (format!("GET / {HOST}X: {}\r\n\r\n", "y".repeat(5000)), 431, false),
    ] {
        let mut client = web.connect();
        client.send(&request);
        let response = client.response();
        assert_eq!(response.status, status, "{request:?}: {}", response.head);
        assert_eq!(response.field("allow"), (status == 405).then_some("GET, HEAD"), "{request:?}");
        let connection = if is_kept { request.contains("keep-alive").then_some("keep-alive") } else { Some("close") };
        assert_eq!(response.field("connection"), connection, "{request:?}");
        if is_kept {
            client.send(GET);
            assert_eq!(client.response().body.len(), 1024, "{request:?}");
        } else {
            client.finish();
            assert!(client.ends_silently(), "{request:?}");
        }
    }
    web.assert_serves("all of that");
}

#[test]
fn answers_say_when_and_in_which_coding() {
    let web = start("");
    let head = |path: &str, fields: &str| {
        let mut client = web.connect();
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{fields}\r\n"));
        let response = client.response_without_body();
        assert!(client.ends_silently(), "a HEAD has no body: {}", response.head);
        response
    };
    // The machine's clock is this host's: `date` reads the one, and counts the seconds to the other.
    let response = head("/", "");
    let mut date = tool("date", "coreutils").args(["-u", "+%s", "-d"]);
    date.command.arg(response.field("date").expect("has a clock"));
    let then: u64 = String::from_utf8(date.output().stdout).unwrap().trim().parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(then.abs_diff(now) < 600, "{}", response.head);
    // Every kind of answer has one, and no answer to a HEAD has a body.
    for (path, fields, status) in [
        ("/docs", "", 301),
        ("/none", "", 404),
        ("/..", "", 400),
        ("/", "If-None-Match: *\r\n", 304),
        ("/", "If-Match: \"x\"\r\n", 412),
        ("/", "Host: h\r\n", 400),
        ("/", "Expect: more\r\n", 417),
    ] {
        let response = head(path, fields);
        assert_eq!((response.status, response.field("date").is_some()), (status, true), "{}", response.head);
    }
    // Compressed where it is wanted: another tag, and the same file.
    let plain = head("/docs/", "");
    for (accept, coding) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate, br", Some("gzip")),
        ("*", Some("gzip")),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0", None),
        ("br", None),
        ("", None),
    ] {
        let response = head("/docs/", &format!("Accept-Encoding: {accept}\r\n"));
        assert_eq!(response.field("content-encoding"), coding, "{accept}: {}", response.head);
        assert_eq!(response.field("vary"), Some("accept-encoding"), "{accept}: {}", response.head);
        assert_eq!(response.field("etag") == plain.field("etag"), coding.is_none(), "{accept}: {}", response.head);
    }
    assert_eq!(head("/missing", "Accept-Encoding: gzip\r\n").field("vary"), None);
    let expected = fs::read(site().join("docs/index.html")).unwrap();
    assert_eq!(curl(&["--compressed"], &web.url("/docs/")), expected);
    let gzip = curl(&["--header", "Accept-Encoding: gzip"], &web.url("/docs/"));
    assert!(gzip.starts_with(&[0x1f, 0x8b]) && gzip.len() < expected.len());
    // A part of the compressed file is one of its bytes, as long as the tag is that of them.
    let tag = head("/docs/", "Accept-Encoding: gzip\r\n").field("etag").unwrap().to_owned();
    for (if_range, part) in [(&*tag, &gzip[3..9]), (plain.field("etag").unwrap(), &gzip[..])] {
        let fields =
            ["--header", "Accept-Encoding: gzip", "--range", "3-8", "--header", &format!("If-Range: {if_range}")];
        assert_eq!(curl(&fields, &web.url("/docs/")), part);
    }
}

#[test]
fn a_folder_without_its_slash_keeps_the_query() {
    let web = start("");
    for query in ["", "?", "?a=b&c=/d?e", &format!("?{}", "q".repeat(3900))] {
        let location = |response: crate::common::web::Response| response.field("location").map(str::to_owned);
        let response = web.ask(&format!("GET /docs{query} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
        assert_eq!(location(response), Some(format!("./docs/{query}")));
    }
    let answer =
        curl(&["--location", "--write-out", "%{url_effective}", "--output", "/dev/null"], &web.url("/docs?a=b"));
    assert_eq!(String::from_utf8(answer).unwrap(), web.url("/docs/?a=b"));
}

#[test]
fn requests_may_come_in_any_pieces() {
    let mut web = start("");
    let mut client = web.connect();
    // One by one, and many in one.
    for byte in GET.as_bytes() {
        client.send([*byte]);
    }
    assert_eq!(client.response().body.len(), 1024);
    let head = GET.replace("GET", "HEAD");
    client.send(format!("{GET}{head}\r\n{GET}").repeat(100));
    for _ in 0..100 {
        assert_eq!(client.response().body.len(), 1024);
        assert_eq!(client.response_without_body().field("content-length"), Some("1024"));
        assert_eq!(client.response().body.len(), 1024);
    }
    // What follows a body that nobody wants is a request of its own.
    client.send(format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n{}{GET}", "x".repeat(60_000)));
    assert_eq!((client.response().status, client.response().status), (405, 200));
    // All is answered of who says that this was all, too.
    client.send(GET);
    client.finish();
    assert_eq!(client.response().status, 200);
    assert!(client.ends_silently());
    web.wait_for("conn 1 closed\n");
}

#[test]
fn sixty_four_connections_are_served_at_once() {
    let web = start("");
    let (first, rest) = GET.split_at(20);
    let mut clients: Vec<_> = (0..64).map(|_| web.connect()).collect();
    clients.iter_mut().for_each(|client| client.send(first));
    for round in 0..3 {
        clients.iter_mut().for_each(|client| client.send(rest));
        for client in &mut clients {
            assert_eq!(client.response().body.len(), 1024, "round {round}");
            client.send(first);
        }
    }
    web.assert_serves("64 that are not at their end");
    drop(clients);
    web.wait_for_closed(65);
}

/// Far more connections than there are workers, each with a request that waits in the memory of the network.
#[test]
fn hundreds_that_ask_at_once_are_all_answered() {
    let web = start("verbose=false");
    let mut clients: Vec<_> = (0..300).map(|_| web.connect()).collect();
    for round in 0..3 {
        clients.iter_mut().for_each(|client| client.send(GET));
        for client in &mut clients {
            assert_eq!(client.response().body.len(), 1024, "round {round}");
        }
    }
    web.assert_serves("300 that ask at once");
}

/// As many as there are sockets say nothing any more, or never have: others are served all the same.
#[test]
fn idle_connections_give_way_to_others() {
    const SOCKETS: usize = 80;
    let web = start("idle=1h verbose=false");
    let mut kept: Vec<_> = (0..SOCKETS - 1).map(|_| web.connect()).collect();
    for client in kept.iter_mut().step_by(2) {
        client.send(GET);
        assert_eq!(client.response().status, 200);
    }
    // Idle is who has said nothing for a second; one of them goes on.
    thread::sleep(Duration::from_millis(1100));
    let mut busy = kept.swap_remove(0);
    busy.send(GET);
    assert_eq!(busy.response().status, 200);
    for _ in 0..SOCKETS * 3 / 4 {
        let mut other = web.connect();
        other.send(GET);
        assert_eq!(other.response().status, 200);
        busy.send(GET);
        assert_eq!(busy.response().status, 200);
        kept.push(other);
    }
}

#[test]
fn hundreds_of_connections_one_after_the_other_are_served() {
    let web = start("verbose=false");
    for _ in 0..300 {
        web.assert_serves("others");
    }
    assert!(!web.console().contains("closed"), "it was told to be silent");
}

#[test]
fn who_is_slow_or_silent_is_not_waited_for() {
    let web = start("patience=300ms idle=600ms");
    let mut slow = web.connect();
    slow.send("GET / HT");
    assert_eq!(slow.response().status, 408);
    assert!(slow.ends_silently());
    assert!(web.connect().ends_silently(), "idle from the beginning");
    let mut idle = web.connect();
    idle.send(GET);
    assert_eq!(idle.response().status, 200);
    assert!(idle.ends_silently(), "idle after a request");
    let mut half = web.connect();
    half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf of it");
    assert_eq!(half.response().status, 405);
    assert!(half.ends_silently(), "a body that does not come");
    // A line now and then does not help either.
    let mut drip = web.connect();
    drip.send("GET / HTTP/1.1\r\n");
    let writer = drip.stream.try_clone().expect("a second handle");
    let writer = std::thread::spawn(move || {
        let mut writer = writer;
        while std::io::Write::write_all(&mut writer, b"X: y\r\n").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    });
    let response = drip.response();
    assert!(matches!(response.status, 408 | 431), "{}", response.head); // 431 where this host is slow
    drop(drip.stream.shutdown(std::net::Shutdown::Both));
    writer.join().expect("does not panic");
    web.wait_for_closed(3); // the idle ones are closed by the network, which says nothing
    web.assert_serves("the slow");
}

/// More heads that never end than there are workers, which would be waited for an hour each.
#[test]
fn heads_that_do_not_end_give_way_to_others() {
    let web = start("patience=1h idle=1h verbose=false");
    let mut slow: Vec<_> = (0..60).map(|_| web.connect()).collect();
    slow.iter_mut().for_each(|client| client.send("GET / HTTP/1.1\r\nX:"));
    for _ in 0..3 {
        web.assert_serves("heads that do not end");
    }
    let told = slow.into_iter().filter(|client| {
        client.stream.set_nonblocking(true).expect("is a stream");
        client.stream.peek(&mut [0; 12]).is_ok_and(|count| count > 0)
    });
    assert!(told.count() > 0, "somebody had to give way");
}

#[test]
fn hostile_clients_do_not_keep_others_from_being_served() {
    let web = start("");
    // More often than there are connections: none of them may be left behind.
    for round in 0..30 {
        let mut endless = web.connect();
        let line = if round % 2 == 0 { "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" } else { "yyyyyyyyyyyyyyyyyyyyyyyy" };
        endless.send(format!("GET / HTTP/1.1\r\nHost: h\r\n{}", if round % 2 == 0 { "" } else { "X: " }));
        // It is told so early, and may go on for long.
        let _ = std::io::Write::write_all(&mut endless.stream, line.repeat(3000).as_bytes());
        assert_eq!(endless.response().status, 431);

        let mut reset = web.connect();
        reset.send(if round % 2 == 0 { GET } else { "GET / HTTP/1" });
        rustix::net::sockopt::set_socket_linger(&reset.stream, Some(std::time::Duration::ZERO)).expect("a socket");
        drop(reset);

        let mut half = web.connect();
        half.send("GET / HTTP/1.1\r\nHost:");
        half.finish();
        assert!(half.ends_silently());

        let mut garbage = web.connect();
        let bytes: Vec<u8> = (0..5000_u32).map(|index| (index * index * 31 + round) as u8).collect();
        let _ = std::io::Write::write_all(&mut garbage.stream, &bytes);
        assert!(garbage.rest().starts_with(b"HTTP/1.1 4"));
    }
    web.assert_serves("hostility");
    web.wait_for_closed(121);
}
