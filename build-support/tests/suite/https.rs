//! `apps/https`: files and another server behind TLS, asked by curl.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use unikernel_test::{Disk, Machine};

use crate::command_line::{stderr, stdout};
use crate::common::certificates::Authority;
use crate::common::effort::{Effort, is_left_out};
use crate::common::{kernels, root, tool};

/// A certificate of an authority and its key, under the names that the application expects.
fn authority() -> Authority {
    let authority = Authority::new();
    for (server, names) in [("server", "DNS:localhost,IP:127.0.0.1"), ("other", "DNS:other.test")] {
        authority.vouch(server, names, 30);
    }
    for (from, to) in [("server.pem", "certificate.pem"), ("server.key", "key.pem")] {
        fs::copy(authority.path(from), authority.path(to)).expect("copied");
    }
    authority
}

fn start(authority: &Authority, command_line: &str) -> Machine {
    let disk = Disk::folder(authority.folder());
    kernels::machine("https").memory("24MiB").disk("identity", disk).append(command_line).start()
}

#[track_caller]
fn serve(authority: &Authority, command_line: &str) -> Machine {
    let mut machine = start(authority, command_line);
    machine.expect("serving https on port 443\n");
    machine
}

/// What curl prints: the head and the body, or the body alone where it is told so.
#[track_caller]
fn curl(authority: &Authority, url: &str, options: &[&str]) -> String {
    let command = tool("curl", "curl").args(["--silent", "--show-error", "--max-time", "60", "--cacert"]);
    let output = command.arg(authority.path("ca.pem")).args(options).arg(url).output();
    assert!(output.status.success(), "{url}: {}", stderr(&output));
    stdout(&output)
}

/// A server on this host, which answers each request with its head and body, `/api/slow` after two seconds, and `/api/never` not.
fn upstream() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || while answer(&stream).is_some() {});
        }
    });
    port
}

fn answer(mut stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).ok().filter(|bytes| *bytes > 0)?;
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    if head.starts_with("GET /api/never ") {
        thread::sleep(Duration::from_secs(30));
    } else if head.starts_with("GET /api/slow ") {
        thread::sleep(Duration::from_secs(2));
    }
    let bytes = head.len() + body.len();
    let answer = format!(
        "HTTP/1.1 201 Created\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\ncontent-length: {bytes}\r\n\r\n{head}"
    );
    stream.write_all(answer.as_bytes()).and_then(|()| stream.write_all(&body)).ok()
}

#[test]
fn files_are_served_and_requests_handed_on() {
    if is_left_out("`apps/https`", Effort::All) {
        return;
    }
    let authority = authority();
    let machine = serve(&authority, &format!("upstream=10.0.0.1:{} patience=5s", upstream()));
    let url = |path: &str| format!("https://localhost:{}{path}", machine.address(443).port());
    let page = fs::read_to_string(root().join("apps/https/site/index.html")).expect("the page");
    for version in ["1.2", "1.3"] {
        let options = ["--tls-max", version, &format!("--tlsv{version}"), "--http1.1"];
        assert_eq!(curl(&authority, &url("/"), &options), page);
    }
    let head = curl(&authority, &url("/style.css"), &["--head"]);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("\r\ncontent-type: text/css"), "{head}");
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
    let field = format!("If-None-Match: {tag}");
    assert!(curl(&authority, &url("/style.css"), &["--head", "--header", &field]).starts_with("HTTP/1.1 304 "));
    assert!(curl(&authority, &url("/missing"), &["--include"]).starts_with("HTTP/1.1 404 Not Found\r\n"));
    assert!(curl(&authority, &url("/"), &["--include", "--data", "x"]).starts_with("HTTP/1.1 405 "));

    let answer = curl(
        &authority,
        &url("/api/notes?x=1"),
        &["--include", "--header", "X-Forwarded-For: 1.2.3.4", "--data", "a=b"],
    );
    let (head, told) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.starts_with("HTTP/1.1 201 Created") && !head.contains("hop"), "{answer}");
    assert!(told.starts_with("POST /api/notes?x=1 HTTP/1.1\r\n") && told.ends_with("\r\n\r\na=b"), "{answer}");
    let host = format!("\r\nhost: localhost:{}\r\n", machine.address(443).port());
    for field in [host.as_str(), "\r\nx-forwarded-for: 10.0.0.1\r\n", "\r\nx-forwarded-proto: https\r\n"] {
        assert!(told.contains(field), "{field}: {answer}");
    }
    assert!(!told.contains("1.2.3.4"), "{answer}");
    assert!(curl(&authority, &url("/api/never"), &["--include"]).starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));

    let plain = format!("http://127.0.0.1:{}/a?b=c", machine.address(80).port());
    let redirect = curl(&authority, &plain, &["--include", "--header", "Host: site.test:8080"]);
    assert!(
        redirect.starts_with("HTTP/1.1 308 ") && redirect.contains("\r\nlocation: https://site.test/a?b=c\r\n"),
        "{redirect}"
    );

    // The power button lets an answer end.
    thread::scope(|scope| {
        let (authority, url) = (&authority, url("/api/slow"));
        let slow = scope.spawn(move || curl(authority, &url, &[]));
        thread::sleep(Duration::from_secs(1));
        machine.press_power_button();
        assert!(slow.join().expect("an answer").starts_with("GET /api/slow HTTP/1.1\r\n"));
    });
    let outcome = machine.wait();
    outcome.success();
    assert!(outcome.console().ends_with("stopped\n"), "{}", outcome.console());
}

#[test]
fn another_server_that_is_not_there_is_a_bad_gateway() {
    if is_left_out("`apps/https` without its upstream", Effort::All) {
        return;
    }
    let authority = authority();
    let machine = serve(&authority, "upstream=10.0.0.1:9 upstream_path=/ redirect_port=0");
    let url = format!("https://localhost:{}/", machine.address(443).port());
    assert!(curl(&authority, &url, &["--include"]).starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    machine.wait_until("the reason", |console| console.contains("Connection refused").then_some(()));
}

#[test]
fn a_wrong_certificate_or_key_is_named() {
    if is_left_out("faults of `apps/https`", Effort::All) {
        return;
    }
    let authority = authority();
    let faults = [
        ("certificate=tls/none.pem", "cannot read the certificate `tls/none.pem`: No such file or directory"),
        ("key=tls/none.pem", "cannot read the key `tls/none.pem`: No such file or directory"),
        ("certificate=tls/key.pem", "there is no certificate in `tls/key.pem`\nhelp: "),
        ("key=tls/certificate.pem", "there is no key in `tls/certificate.pem`\nhelp: "),
        (
            "key=tls/other.key",
            "the key in `tls/other.key` is not that of the first certificate in `tls/certificate.pem`\nhelp: ",
        ),
        ("upstream=nobody:port", "`nobody:port` is no server\nhelp: "),
        ("site=nowhere", "cannot read the site `nowhere`: No such file or directory"),
        ("redirect_port=443", "cannot listen on port 443: "),
    ];
    for (argument, fault) in faults {
        let outcome = start(&authority, argument).wait();
        assert_eq!(outcome.status(), 1, "{}", outcome.console());
        assert!(outcome.console().contains(&format!("error: {fault}")), "{argument}: {}", outcome.console());
    }
}
