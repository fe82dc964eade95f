//! A connection for every request, many thousands of them: none fails, and the last ones cost what the first ones did.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, thread};

use super::start;
use crate::common::effort::scaled;
use crate::common::namespace::Namespace;
use crate::common::{PATIENCE, root};

/// How many there are at the same time.
const AT_ONCE: usize = 8;
const REQUEST: &[u8] = b"GET /1k.html HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

/// One request on a connection of its own; all that is answered, which ends with the connection, but for its date.
fn ask() -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect("10.0.0.2:8080")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(REQUEST)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let date = answer.windows(8).position(|bytes| bytes.eq_ignore_ascii_case(b"\r\ndate: "));
    if let Some(start) = date {
        let bytes = answer[start + 2..].windows(2).position(|bytes| bytes == b"\r\n").unwrap_or_default() + 2;
        answer.drain(start..start + bytes);
    }
    Ok(answer)
}

/// Makes so many connections; each has to be answered as the first was.
fn ask_often(count: u32, expected: &[u8]) {
    let (begun, faults) = (AtomicU32::new(0), AtomicU32::new(0));
    let client = || {
        while begun.fetch_add(1, Ordering::Relaxed) < count {
            let fault = match ask() {
                Ok(answer) if answer == expected => continue,
                Ok(answer) => format!("answers {:?}", String::from_utf8_lossy(&answer)),
                Err(error) => error.to_string(),
            };
            let before = faults.fetch_add(1, Ordering::Relaxed);
            if before < 5 {
                println!("connection {} or so: {fault}", begun.load(Ordering::Relaxed));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(client);
        }
    });
    assert_eq!(faults.into_inner(), 0, "faults in {count} connections");
}

#[test]
fn connection_after_connection_is_served_alike() {
    const PARTS: u32 = 4;
    let count = scaled("connections", 20_000, 100_000, 2_000_000);
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24"]);
    let mut qemu = start(&namespace, "static_web", "pc", "verbose=false", "virtio-net-pci");
    qemu.wait_for("serving http://10.0.0.2:8080/\n");
    let site = root().join("apps/static_web/site");
    let expected = namespace.inside(ask).expect("it serves");
    let page = fs::read(site.join("1k.html")).expect("is in the site");
    assert!(expected.starts_with(b"HTTP/1.1 200 OK\r\n") && expected.ends_with(&page), "{expected:?}");
    let costs: Vec<u64> = (0..PARTS)
        .map(|_| {
            let before = qemu.ticks();
            namespace.inside(|| ask_often(count / PARTS, &expected));
            qemu.ticks() - before
        })
        .collect();
    let again = namespace.sent_again();
    println!("{count} connections: {costs:?} ticks of the processor's time, {again} segments sent again");
    // What depends on how many there were shows in the processor's time, and a connection that finds no room in what the client
    // has to send again; a busy host makes a few of the latter.
    assert!(costs[PARTS as usize - 1] < costs[0] * 3 / 2 + 20, "the last ones cost more: {costs:?}");
    assert!(again < u64::from(count) / 200, "{again} segments had to be sent again");
}
