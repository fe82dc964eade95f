//! Ports of the host: taken only where they are free, and found where none is named.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use super::Error;
use super::hardware::{Hardware, Link};
use crate::manifest::{Forward, Protocol};

/// Where forwarded ports listen: on this host alone.
pub const HOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The first port that everybody may listen on.
const FIRST_UNPRIVILEGED: u16 = 1024;

/// Checks the ports of the host that are to be forwarded, and chooses those that are left to us: that of the guest where it is
/// free, else any.
///
/// # Errors
/// A port that is not free, or that only root may have.
pub fn choose(hardware: &mut Hardware) -> Result<(), Error> {
    for card in &mut hardware.cards {
        let Link::User { forward: forwards, .. } = &mut card.link else { continue };
        for forward in forwards {
            if forward.host != 0 {
                listen(forward.protocol, forward.host).map_err(|source| Error::Port { forward: *forward, source })?;
                continue;
            }
            let same = Some(forward.guest).filter(|port| *port >= FIRST_UNPRIVILEGED);
            let port = same
                .and_then(|port| listen(forward.protocol, port).ok())
                .map_or_else(|| listen(forward.protocol, 0), Ok);
            forward.host = port.map_err(|source| Error::Port { forward: *forward, source })?;
        }
    }
    Ok(())
}

/// Chooses the ports that are left to us without a look at this host, for a machine on another one.
pub fn settle(hardware: &mut Hardware) {
    for card in &mut hardware.cards {
        let Link::User { forward: forwards, .. } = &mut card.link else { continue };
        for forward in forwards.iter_mut().filter(|forward| forward.host == 0) {
            forward.host = if forward.guest < FIRST_UNPRIVILEGED { 8000 + forward.guest } else { forward.guest };
        }
    }
}

/// Listens for a moment; returns the port.
fn listen(protocol: Protocol, port: u16) -> io::Result<u16> {
    match protocol {
        Protocol::Tcp => TcpListener::bind((HOST, port))?.local_addr(),
        Protocol::Udp => UdpSocket::bind((HOST, port))?.local_addr(),
    }
    .map(|address| address.port())
}

/// What a forwarded port is reached at: an address to open in a browser where it may be a web server's.
#[must_use]
pub fn address(forward: &Forward) -> String {
    match (forward.protocol, forward.guest) {
        (Protocol::Tcp, 443 | 8443) => format!("https://{HOST}:{}/", forward.host),
        (Protocol::Tcp, 80 | 3000 | 8000..=8999) => format!("http://{HOST}:{}/", forward.host),
        _ => format!("{HOST}:{}", forward.host),
    }
}
