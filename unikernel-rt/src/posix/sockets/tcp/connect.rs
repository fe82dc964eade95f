//! Connecting, in steps: the way is found, perhaps after an address has come; the peer answers; the owner learns of it.

use super::{Connection, Kind, Tcp};
use crate::net::Net;
use crate::posix::clocks;
use crate::posix::errno::{EADDRNOTAVAIL, EAGAIN, EALREADY, ECONNRESET, EISCONN, ENETUNREACH, ENOTCONN, Errno};
use crate::posix::sockets::errors::errno;
use crate::posix::sockets::nets::{self, ADDRESS_TIMEOUT_NS, leading_to, narrow};
use crate::posix::sockets::settings::Settings;
use crate::time;
use core::net::SocketAddr;
use unikernel_net::{Error, TcpHandle, widen};

impl Tcp {
    /// Begins to connect.
    pub(in crate::posix::sockets) fn connect(&self, peer: SocketAddr, settings: &Settings) -> Result<(), Errno> {
        self.0.with(|state| {
            match &state.kind {
                Kind::Idle => state.error = None,
                Kind::Awaiting { .. } => return Err(EALREADY),
                Kind::Listening(_) => return Err(EISCONN),
                Kind::Connection(connection) if connection.is_told_open => return Err(EISCONN),
                Kind::Connection(connection) => match connection.outcome() {
                    None => return Err(EALREADY),
                    // The outcome is this call's.
                    Some(_) if !connection.is_told_over => return Ok(()),
                    // Another attempt, after the first one has failed.
                    Some(_) => {
                        connection.give_back();
                        state.kind = Kind::Idle;
                    }
                },
            }
            match begin(state.bound, peer) {
                Ok(connection) => {
                    connection.apply(settings);
                    state.kind = Kind::Connection(connection);
                }
                Err(ENETUNREACH) if nets::may_lead_later(peer) => {
                    let until = clocks::after_ns(ADDRESS_TIMEOUT_NS).ok_or(ENETUNREACH)?;
                    state.kind = Kind::Awaiting { peer, until, settings: *settings };
                }
                Err(error) => return Err(error),
            }
            Ok(())
        })
    }

    /// What has become of it; where it has failed, the socket is as before.
    pub(in crate::posix::sockets) fn connected(&self) -> Result<(), Errno> {
        self.advance();
        self.0.with(|state| match &mut state.kind {
            Kind::Awaiting { .. } => Err(EAGAIN),
            Kind::Idle | Kind::Listening(_) => Err(state.error.take().unwrap_or(ENOTCONN)),
            Kind::Connection(connection) => match connection.outcome() {
                None => Err(EAGAIN),
                Some(Ok(())) => {
                    connection.is_told_open = true;
                    Ok(())
                }
                Some(Err(error)) => {
                    connection.give_back();
                    state.kind = Kind::Idle;
                    Err(error)
                }
            },
        })
    }

    /// Connects where an address has come that leads to the peer.
    pub(super) fn advance(&self) {
        // Else the networks have their addresses from the beginning.
        if !cfg!(any(feature = "dhcp", feature = "ipv6")) {
            return;
        }
        self.0.with(|state| {
            let Kind::Awaiting { peer, until, settings } = state.kind else { return };
            match begin(state.bound, peer) {
                Err(ENETUNREACH) if time::now_ticks() < until => {}
                Ok(connection) => {
                    connection.apply(&settings);
                    state.kind = Kind::Connection(connection);
                }
                Err(error) => {
                    (state.kind, state.error) = (Kind::Idle, Some(error));
                }
            }
        });
    }
}

/// Sends a peer the first segment, or will do so as soon as there is room.
fn begin(bound: SocketAddr, peer: SocketAddr) -> Result<Connection, Errno> {
    let net = leading_to(peer, bound)?;
    let remote = narrow(peer).ok_or(ENETUNREACH)?;
    let is_bound = bound.port() != 0 || !bound.ip().is_unspecified();
    let local = is_bound.then(|| narrow(bound).ok_or(EADDRNOTAVAIL)).transpose()?;
    let begun = net.with_tcp_now(|tcp, calls| {
        let handle = tcp.connect(calls, local, remote)?;
        Ok::<_, Error>((handle, tcp.addresses(handle)?.0))
    });
    let (handle, local) = begun.map_err(errno)?;
    Ok(Connection::new(net, handle, (widen(local), peer)))
}

impl Connection {
    /// One that nothing is known of yet; its own address, and the peer's.
    pub(super) fn new(net: Net, handle: TcpHandle, (local, peer): (SocketAddr, SocketAddr)) -> Self {
        Connection { net, handle, local, peer, is_told_open: false, is_told_over: false, is_read_shut: false }
    }

    /// What has become of the attempt to connect; none while it goes on.
    fn outcome(&self) -> Option<Result<(), Errno>> {
        match self.net.with_tcp(|tcp, _| tcp.connected(self.handle)) {
            Err(Error::WouldBlock) => None,
            Ok(()) => Some(Ok(())),
            // It was there, and is gone before anybody has looked.
            Err(Error::NotConnected) => Some(Err(ECONNRESET)),
            Err(error) => Some(Err(errno(error))),
        }
    }

    /// Frees what there is of it.
    fn give_back(&self) {
        let _ = self.net.with_tcp_now(|tcp, calls| tcp.close(calls, self.handle));
    }
}
