//! Checks and chooses the forwarded ports of the host.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use super::Error;
use super::hardware::{Hardware, Link};
use crate::manifest::{Forward, Protocol};

/// The address on which forwarded ports listen: loopback only.
pub const HOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The first unprivileged port.
const FIRST_UNPRIVILEGED: u16 = 1024;

/// Checks that the forwarded ports of the host are free, and chooses the unspecified ones: the guest's port if it is free, else
/// any free port.
///
/// # Errors
/// Returns an error if a port is in use or privileged.
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

/// Chooses the unspecified ports for another host, without checking this one.
pub fn settle(hardware: &mut Hardware) {
    for card in &mut hardware.cards {
        let Link::User { forward: forwards, .. } = &mut card.link else { continue };
        for forward in forwards.iter_mut().filter(|forward| forward.host == 0) {
            forward.host = if forward.guest < FIRST_UNPRIVILEGED { 8000 + forward.guest } else { forward.guest };
        }
    }
}

/// Binds the port briefly to check it; returns the port.
fn listen(protocol: Protocol, port: u16) -> io::Result<u16> {
    match protocol {
        Protocol::Tcp => TcpListener::bind((HOST, port))?.local_addr(),
        Protocol::Udp => UdpSocket::bind((HOST, port))?.local_addr(),
    }
    .map(|address| address.port())
}

/// The address of a forwarded port: a URL if it may be a web server's.
#[must_use]
pub fn address(forward: &Forward) -> String {
    match (forward.protocol, forward.guest) {
        (Protocol::Tcp, 443 | 8443) => format!("https://{HOST}:{}/", forward.host),
        (Protocol::Tcp, 80 | 3000 | 8000..=8999) => format!("http://{HOST}:{}/", forward.host),
        _ => format!("{HOST}:{}", forward.host),
    }
}
