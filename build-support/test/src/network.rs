//! The network cards of a machine, as this host reaches them.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::link::{Forwarded, Link};
use crate::machine::Machine;

/// A network card of a machine, by [`Machine::card`].
#[derive(Debug)]
pub struct Card<'m> {
    machine: &'m Machine,
    /// The name of the declared interface; empty for the first one.
    name: String,
}

/// The time for a kernel to accept a connection. QEMU repeats one that came before the kernel was there after seconds only; a
/// new one is faster.
const ACCEPT: Duration = Duration::from_millis(500);

/// How often it is looked whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl Machine {
    /// The address on this host that leads to a TCP port of the first network card.
    ///
    /// The port is forwarded from now on, whether the kernel listens or not: [`expect`](Machine::expect) the line that says so, or
    /// use [`connect`](Machine::connect).
    ///
    /// # Panics
    /// Panics if the machine has no network card, or has ended.
    #[must_use]
    #[track_caller]
    pub fn address(&self, port: u16) -> SocketAddr {
        self.card("").address(port)
    }

    /// The address on this host that leads to a UDP port of the first network card.
    ///
    /// # Panics
    /// As [`Machine::address`].
    #[must_use]
    #[track_caller]
    pub fn udp_address(&self, port: u16) -> SocketAddr {
        self.card("").udp_address(port)
    }

    /// Connects to a TCP port of the first network card, as soon as the kernel accepts connections to it.
    ///
    /// # Panics
    /// Panics if it does not in time, and as [`Machine::address`].
    #[must_use]
    #[track_caller]
    pub fn connect(&self, port: u16) -> TcpStream {
        self.card("").connect(port)
    }

    /// A network card by the name of its declared interface, where there are several.
    #[must_use]
    pub fn card(&self, name: &str) -> Card<'_> {
        Card { machine: self, name: name.to_owned() }
    }
}

impl Card<'_> {
    /// As [`Machine::address`].
    ///
    /// # Panics
    /// Panics if the machine has no such network card, or has ended.
    #[must_use]
    #[track_caller]
    pub fn address(&self, port: u16) -> SocketAddr {
        self.forward("tcp", port)
    }

    /// As [`Machine::udp_address`].
    ///
    /// # Panics
    /// As [`Card::address`].
    #[must_use]
    #[track_caller]
    pub fn udp_address(&self, port: u16) -> SocketAddr {
        self.forward("udp", port)
    }

    /// As [`Machine::connect`].
    ///
    /// # Panics
    /// Panics if the kernel does not accept connections in time, and as [`Card::address`].
    #[must_use]
    #[track_caller]
    pub fn connect(&self, port: u16) -> TcpStream {
        let address = self.address(port);
        let machine = self.machine;
        let deadline = Instant::now() + machine.timeout;
        loop {
            let stream = try_connect(&mut machine.link(), address, machine.timeout);
            if let Some(stream) = stream {
                return stream;
            }
            let is_running = machine.is_running();
            if !is_running || Instant::now() >= deadline {
                let name = &machine.record.name;
                let when = if is_running { format!("within {:?}", machine.timeout) } else { "before it ended".into() };
                machine.record.fail(&format!("`{name}` does not accept connections to port {port} {when}"));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    #[track_caller]
    fn forward(&self, protocol: &'static str, guest: u16) -> SocketAddr {
        let machine = self.machine;
        match forward(&mut machine.link(), &self.name, protocol, guest, machine.timeout) {
            Ok(host) => SocketAddr::from((Ipv4Addr::LOCALHOST, host)),
            Err(why) => {
                let protocol = protocol.to_uppercase();
                machine
                    .record
                    .fail(&format!("cannot forward {protocol} port {guest} of `{}`: {why}", machine.record.name))
            }
        }
    }
}

/// The port of this host that leads to one of the guest, from now on if not already.
fn forward(link: &mut Link, card: &str, protocol: &'static str, guest: u16, timeout: Duration) -> Result<u16, String> {
    let is_this = |one: &&Forwarded| (one.card.as_str(), one.protocol, one.guest) == (card, protocol, guest);
    if let Some(known) = link.forwarded.iter().find(is_this) {
        return Ok(known.host);
    }
    let answer = link.ask(&format!("forward {protocol} {guest}"), card, timeout).ok_or("the machine has ended")?;
    let host = answer.word(1).parse().map_err(|_| answer.text())?;
    link.forwarded.push(Forwarded { card: card.to_owned(), protocol, guest, host });
    Ok(host)
}

/// Connects; `None` if the kernel does not accept. QEMU accepts in any case, but tells which connections the kernel has.
fn try_connect(link: &mut Link, address: SocketAddr, timeout: Duration) -> Option<TcpStream> {
    let mut accepted = || {
        let answer = link.ask(&format!("connections {}", address.port()), "", timeout)?;
        answer.word(1).parse::<usize>().ok()
    };
    let before = accepted()?;
    let stream = TcpStream::connect(address).ok()?;
    stream.set_nonblocking(true).ok()?;
    let deadline = Instant::now() + ACCEPT;
    while Instant::now() < deadline {
        let has_data = match stream.peek(&mut [0]) {
            Ok(count) => count > 0,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(_) => return None,
        };
        if has_data || accepted()? > before {
            stream.set_nonblocking(false).ok()?;
            return Some(stream);
        }
        thread::sleep(LOOK_AGAIN);
    }
    None
}
