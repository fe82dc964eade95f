//! Boots the kernel.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use unikernel_test::Image;

/// What the server answers to a request, until it closes the connection.
fn exchange(server: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(server).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_site_is_served() {
    let mut machine = Image::build(env!("CARGO_PKG_NAME")).machine().start();
    machine.expect("serving http://");
    let server = machine.address(80);

    let answer = exchange(server, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"),
        "{answer}"
    );
    assert!(
        answer.ends_with(include_str!("../site/index.html")),
        "{answer}"
    );

    let answer = exchange(server, "HEAD /style.css HTTP/1.1\r\nHost: test\r\n\r\n");
    assert!(
        answer.contains("\r\nContent-Type: text/css") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );

    let answer = exchange(server, "GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
}
