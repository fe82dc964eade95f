//! Clients that take an answer slowly: they are given up, though they always take something, and others are served meanwhile.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, connect, socket, sockopt};

use super::start;
use crate::common::PATIENCE;
use crate::common::namespace::Namespace;

const ADDRESS: ([u8; 4], u16) = ([10, 0, 0, 2], 8080);
const REQUEST: &str = "GET /docs/ HTTP/1.1\r\nHost: h\r\n\r\n";
/// Of each client, one after the other: more than what its socket keeps, and less than the memory of the server, for all of them.
const REQUESTS: usize = 10;
const CLIENTS: usize = 8;

/// Takes all that comes, so many bytes at most at a time, with a pause after each; how many they were.
fn take(window_bytes: usize, pause: Duration) -> usize {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    sockopt::set_socket_recv_buffer_size(&socket, window_bytes).expect("a size");
    connect(&socket, &SocketAddr::from(ADDRESS)).expect("it listens");
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).expect("is not zero");
    // Where it is given up early, it is by a reset.
    let _ = stream.write_all(REQUEST.repeat(REQUESTS).as_bytes());
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut taken = 0;
    while let Ok(count @ 1..) = stream.read(&mut vec![0; window_bytes / 8]) {
        taken += count;
        thread::sleep(pause);
    }
    taken
}

#[test]
fn slow_clients_are_given_up_and_others_served() {
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24"]);
    let options = "verbose=false patience=2s least_rate=20000";
    let mut qemu = start(&namespace, "static_web", "pc", options, "virtio-net-pci");
    qemu.wait_for("serving http://10.0.0.2:8080/\n");
    namespace.inside(|| {
        let whole = take(1 << 20, Duration::ZERO);
        assert!(whole > REQUESTS * 1_746, "{whole} bytes");
        thread::scope(|scope| {
            let slow: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| take(4_096, Duration::from_millis(500)))).collect();
            // Others are served in the meantime, whole.
            for _ in 0..3 {
                assert_eq!(take(1 << 20, Duration::ZERO), whole);
            }
            for client in slow {
                let taken = client.join().expect("does not panic");
                assert!(taken < whole / 2, "{taken} of {whole} bytes were waited for");
            }
        });
    });
}
