//! Crates for the traits of the async `no_std` ecosystem run unchanged.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::{boot, kernel};
use crate::common::qemu::run;

const PAGE: &str = "a page of this test";

/// Answers one request; returns its first line and its body.
fn serve(stream: TcpStream, answer: &str) -> (String, String) {
    let mut reader = BufReader::new(&stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).expect("a request");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        if line == "\r\n" {
            break;
        }
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    (&stream).write_all(answer.as_bytes()).expect("the client is there");
    (first, String::from_utf8(body).expect("is text"))
}

#[test]
fn an_http_client_that_knows_only_the_traits_talks_to_a_server() {
    if is_left_out("an HTTP client of the registry", Effort::All) {
        return;
    }
    // QEMU's user network has this machine at 10.0.2.2.
    let listener = TcpListener::bind("127.0.0.1:0").expect("can be bound");
    let port = listener.local_addr().expect("is bound").port();
    let server = thread::spawn(move || {
        let page = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{PAGE}", PAGE.len());
        let created = "HTTP/1.1 201 Created\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        [page.as_str(), created].map(|answer| serve(listener.accept().expect("a connection").0, answer))
    });
    let card = ["-netdev", "user,id=lan", "-device", "virtio-net-pci,netdev=lan", "-device", "virtio-rng-pci"];
    let arguments = boot(&kernel("fetches"), "q35", "4M", &format!("url=http://10.0.2.2:{port}/a/page"));
    let outcome = run(arguments.into_iter().chain(card.map(str::to_owned)));
    assert_eq!((outcome.code, outcome.console.as_str()), (Some(1), &*format!("200: {PAGE}\n201\n")));
    let requests = server.join().expect("does not panic");
    assert_eq!(requests[0], ("GET /a/page HTTP/1.1\r\n".to_owned(), String::new()));
    assert_eq!(requests[1], ("POST /a/page HTTP/1.1\r\n".to_owned(), "a page of ours".to_owned()));
}
