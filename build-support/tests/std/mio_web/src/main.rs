//! Answers HTTP by mio alone: one thread, one poll, one buffer for each connection.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read as _, Write as _};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use unikernel_rt::unikernel;

const LISTENER: Token = Token(0);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nhello from mio\n";

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    to_send: Vec<u8>,
}

#[unikernel(std, console, net(ip = "10.0.0.2/24"), args(port = 80))]
fn main(port: u16) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(128);
    let mut listener = TcpListener::bind(([0, 0, 0, 0], port).into())?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut connections = HashMap::new();
    let mut next = 1;
    println!("listening");
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Some((mut stream, _)) = unless_later(listener.accept())? {
                    let token = Token(next);
                    next += 1;
                    poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                    connections.insert(token, Connection { stream, received: Vec::new(), to_send: Vec::new() });
                }
                continue;
            }
            let Some(connection) = connections.get_mut(&event.token()) else { continue };
            if !connection.serve().unwrap_or(false) {
                connections.remove(&event.token());
            }
        }
    }
}

impl Connection {
    /// Reads and answers what there is; whether the connection goes on.
    fn serve(&mut self) -> io::Result<bool> {
        let mut is_open = true;
        let mut buffer = [0; 4096];
        while is_open && let Some(count) = unless_later(self.stream.read(&mut buffer))? {
            self.received.extend_from_slice(&buffer[..count]);
            is_open = count > 0;
        }
        while let Some(end) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            self.received.drain(..end + 4);
            self.to_send.extend_from_slice(ANSWER);
        }
        while !self.to_send.is_empty()
            && let Some(count) = unless_later(self.stream.write(&self.to_send))?
        {
            self.to_send.drain(..count);
        }
        Ok(is_open)
    }
}

fn unless_later<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
