//! Boots the image.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use unikernel_test::Image;

/// What the server answers to a request, until it closes the connection.
fn exchange(server: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(server).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let length = body.len();
    let fields = "Host: test\r\nConnection: close\r\nContent-Type: application/json";
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\n{fields}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn notes_are_served_until_the_power_button_is_pressed() {
    let mut machine = Image::build(env!("CARGO_PKG_NAME")).machine().start();
    machine.expect("serving port 8080");
    let server = machine.address(8080);

    let note = r#"{"text":"sow"}"#;
    let answer = exchange(server, "PUT", "/notes/may", note);
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    let answer = exchange(server, "GET", "/notes/may", "");
    assert!(answer.ends_with(&format!("\r\n\r\n{note}")), "{answer}");
    let answer = exchange(server, "GET", "/nothing", "");
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");

    machine.press_power_button();
    machine.expect("stopped");
    machine.wait().success();
}
