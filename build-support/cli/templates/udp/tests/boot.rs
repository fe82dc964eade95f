//! Boots the kernel.

use std::net::UdpSocket;
use std::time::Duration;

use unikernel_test::Image;

#[test]
fn datagrams_are_answered() {
    let mut machine = Image::build(env!("CARGO_PKG_NAME")).machine().start();
    machine.expect("waiting for datagrams");

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    socket.connect(machine.udp_address(7)).unwrap();
    for (question, answer) in [("ping", "PING"), ("Hello, you", "HELLO, YOU")] {
        socket.send(question.as_bytes()).unwrap();
        let mut buffer = [0; 100];
        let length = socket.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], answer.as_bytes());
    }
}
