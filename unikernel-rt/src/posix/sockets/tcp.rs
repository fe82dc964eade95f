//! Sockets of TCP: what each call does now. Nothing waits here: what has to is `EAGAIN`.

mod connect;
mod listener;

use super::addresses::Family;
use super::errors::errno;
use super::nets;
use super::settings::Settings;
use super::wakers;
use super::{Direction, Shutdown};
use crate::net::Net;
use crate::posix::errno::{EAGAIN, EINVAL, ENOTCONN, EPIPE, Errno};
use crate::posix::parts::{Parts, PartsMut};
use crate::posix::readiness::Readiness;
use crate::sync::{Lock, Name};
use core::net::SocketAddr;
use core::task::Waker;
use core::time::Duration;
use listener::Listening;
use unikernel_net::{Error, TcpHandle};

/// A socket of TCP.
pub(super) struct Tcp(Lock<State, Tcp>);

impl Name for Tcp {
    const NAME: &'static str = "socket of TCP";
}

/// What it is, and where it is bound to: the unspecified address and port 0 where it is not.
struct State {
    bound: SocketAddr,
    kind: Kind,
    /// Why the attempt to connect has failed that nobody waited for.
    error: Option<Errno>,
}

enum Kind {
    Idle,
    /// It is to connect once there is an address that leads to its peer, until this time.
    Awaiting {
        peer: SocketAddr,
        until: u64,
        settings: Settings,
    },
    /// It connects, is connected, or was.
    Connection(Connection),
    Listening(Listening),
}

/// A connection.
#[derive(Clone, Copy)]
pub(super) struct Connection {
    net: Net,
    handle: TcpHandle,
    local: SocketAddr,
    peer: SocketAddr,
    /// Whether its owner knows that it is connected.
    is_told_open: bool,
    /// Whether its owner knows why it is over.
    is_told_over: bool,
    is_read_shut: bool,
}

impl Tcp {
    pub(super) fn new(family: Family) -> Self {
        Tcp(Lock::new(State { bound: family.unspecified(), kind: Kind::Idle, error: None }))
    }

    /// A socket of a connection that was accepted.
    pub(super) fn accepted(connection: Connection) -> Self {
        Tcp(Lock::new(State { bound: connection.local, kind: Kind::Connection(connection), error: None }))
    }

    fn connection(&self) -> Option<Connection> {
        self.0.with(|state| match &state.kind {
            Kind::Connection(connection) => Some(*connection),
            Kind::Idle | Kind::Awaiting { .. } | Kind::Listening(_) => None,
        })
    }

    fn change(&self, change: impl FnOnce(&mut Connection)) {
        self.0.with(|state| {
            if let Kind::Connection(connection) = &mut state.kind {
                change(connection);
            }
        });
    }

    /// What of a connection is needed to receive and to send.
    fn handle(&self) -> Option<(Net, TcpHandle)> {
        self.0.with(|state| match &state.kind {
            Kind::Connection(Connection { net, handle, .. }) => Some((*net, *handle)),
            Kind::Idle | Kind::Awaiting { .. } | Kind::Listening(_) => None,
        })
    }

    /// The number of an error that ends a connection, the first time that it is met.
    #[cold]
    fn tell(&self, error: Error) -> Option<Errno> {
        let mut was_told = true;
        self.change(|connection| was_told = core::mem::replace(&mut connection.is_told_over, true));
        (!was_told).then(|| errno(error))
    }

    pub(super) fn receive(&self, parts: &mut PartsMut<'_>, is_peek: bool) -> Result<usize, Errno> {
        let (net, handle) = self.handle().ok_or(ENOTCONN)?;
        let outcome = net.with_tcp(|tcp, calls| {
            let mut done = 0;
            for part in parts.iter_mut() {
                let outcome = match is_peek {
                    true => tcp.peek(calls, handle, part),
                    false => tcp.read(calls, handle, part),
                };
                match outcome {
                    Ok(count) => {
                        done += count;
                        if count < part.len() || is_peek {
                            break;
                        }
                    }
                    // What was read is told first.
                    Err(_) if done > 0 => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(done)
        });
        match outcome {
            Ok(count) => Ok(count),
            Err(Error::WouldBlock) if self.connection().is_some_and(|connection| connection.is_read_shut) => Ok(0),
            Err(Error::WouldBlock) => Err(EAGAIN),
            Err(error) => self.tell(error).map_or(Ok(0), Err),
        }
    }

    /// Sends what comes after the first `done` bytes, as far as there is room.
    pub(super) fn send(&self, parts: &Parts<'_>, done: usize) -> Result<usize, Errno> {
        let (net, handle) = self.handle().ok_or(EPIPE)?;
        let outcome = net.with_tcp(|tcp, calls| {
            let (mut sent, mut skipped) = (0, done);
            for part in parts.iter() {
                let rest = part.get(skipped..).unwrap_or_default();
                skipped = skipped.saturating_sub(part.len());
                if rest.is_empty() {
                    continue;
                }
                let count = match tcp.write(calls, handle, rest) {
                    // Nothing is written where there is no room, and what is over says so.
                    Ok(0) => Err(Error::WouldBlock),
                    outcome => outcome,
                };
                match count {
                    Ok(count) => {
                        sent += count;
                        if count < rest.len() {
                            break;
                        }
                    }
                    Err(_) if sent > 0 => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(sent)
        });
        outcome.map_err(|error| match error {
            Error::WouldBlock => EAGAIN,
            Error::NotConnected => EPIPE,
            error => self.tell(error).unwrap_or(EPIPE),
        })
    }

    pub(super) fn shut_down(&self, how: Shutdown) -> Result<(), Errno> {
        if how.of_reading && self.stop_listening() {
            return Ok(());
        }
        let Connection { net, handle, .. } = self.connection().ok_or(ENOTCONN)?;
        net.with_tcp_now(|tcp, calls| {
            tcp.addresses(handle)?;
            if how.of_writing { tcp.shut_down(calls, handle) } else { tcp.connected(handle) }
        })
        // What goes on connecting is not connected.
        .map_err(|_| ENOTCONN)?;
        self.change(|connection| connection.is_read_shut |= how.of_reading);
        Ok(())
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.connection().map_or_else(|| self.0.with(|state| state.bound), |connection| connection.local)
    }

    pub(super) fn peer(&self) -> Result<SocketAddr, Errno> {
        let Connection { net, handle, peer, .. } = self.connection().ok_or(ENOTCONN)?;
        net.with_tcp(|tcp, _| tcp.connected(handle)).map(|()| peer).map_err(|_| ENOTCONN)
    }

    /// Why it is over, once.
    pub(super) fn take_error(&self) -> Option<Errno> {
        self.advance();
        let Some(connection) = self.connection() else { return self.0.with(|state| state.error.take()) };
        match connection.net.with_tcp(|tcp, _| tcp.connected(connection.handle)) {
            Ok(()) | Err(Error::WouldBlock | Error::NotConnected) => None,
            Err(error) => self.tell(error),
        }
    }

    pub(super) fn is_listening(&self) -> bool {
        self.0.with(|state| matches!(state.kind, Kind::Listening(_)))
    }

    pub(super) fn readiness(&self) -> Readiness {
        self.advance();
        self.0.with(|state| match &state.kind {
            // As Linux has it, though it can do neither.
            Kind::Idle => {
                Readiness::WRITABLE
                    | Readiness::READ_CLOSED
                    | Readiness::WRITE_CLOSED
                    | Readiness::FAILED.only_if(state.error.is_some())
            }
            Kind::Awaiting { .. } => Readiness::NONE,
            Kind::Listening(listening) => Readiness::READABLE.only_if(listening.has_incoming()),
            Kind::Connection(connection) => connection.readiness(),
        })
    }

    /// Has a waker called when a direction has changed.
    pub(super) fn register(&self, direction: Direction, waker: &Waker) {
        self.advance();
        self.0.with(|state| match &state.kind {
            Kind::Idle => {}
            Kind::Awaiting { until, .. } => wakers::wait_for_address(nets::all(), *until, waker),
            Kind::Listening(listening) => listening.register(waker),
            Kind::Connection(Connection { net, handle, .. }) => {
                // It is there as long as this is.
                let _ = net.with_tcp(|tcp, _| {
                    if direction != Direction::Write {
                        tcp.register_read(*handle, waker)?;
                    }
                    if direction != Direction::Read { tcp.register_write(*handle, waker) } else { Ok(()) }
                });
            }
        });
    }

    /// Gives a connection what options say.
    pub(super) fn apply(&self, settings: &Settings) {
        if let Some(connection) = self.connection() {
            connection.apply(settings);
        }
    }

    /// Closes it; where `is_abrupt` holds, a connection is reset.
    pub(super) fn close(&self, is_abrupt: bool) {
        self.stop_listening();
        if let Some(Connection { net, handle, .. }) = self.connection() {
            // Where it is not there any more, there is nothing to close.
            let _ = net.with_tcp_now(
                |tcp, calls| {
                    if is_abrupt { tcp.abort(calls, handle) } else { tcp.close(calls, handle) }
                },
            );
        }
    }
}

impl Connection {
    fn readiness(&self) -> Readiness {
        let Ok(core) = self.net.with_tcp(|tcp, calls| tcp.readiness(calls, self.handle)) else {
            return Readiness::READABLE | Readiness::WRITABLE | Readiness::READ_CLOSED | Readiness::WRITE_CLOSED;
        };
        Readiness::READABLE.only_if(core.readable || self.is_read_shut)
            | Readiness::WRITABLE.only_if(core.writable)
            | Readiness::FAILED.only_if(core.failed && !self.is_told_over)
            | Readiness::READ_CLOSED.only_if(core.is_read_closed || self.is_read_shut)
            | Readiness::WRITE_CLOSED.only_if(core.is_write_closed)
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn apply(&self, settings: &Settings) {
        let keep_alive = settings.keeps_alive.then(|| Duration::from_secs(settings.keep_alive_seconds.into()));
        let timeout = Duration::from_millis(settings.user_timeout_ms.into());
        // It is there as long as this is.
        let _ = self.net.with_tcp(|tcp, _| {
            tcp.set_no_delay(self.handle, settings.no_delay)?;
            tcp.set_keep_alive(self.handle, keep_alive)?;
            tcp.set_user_timeout(self.handle, Some(timeout).filter(|timeout| !timeout.is_zero()))
        });
    }
}

impl Tcp {
    pub(super) fn bind(&self, address: SocketAddr) -> Result<(), Errno> {
        self.0.with(|state| {
            if !matches!(state.kind, Kind::Idle) || state.bound.port() != 0 {
                return Err(EINVAL);
            }
            state.bound = listener::free_address(address)?;
            Ok(())
        })
    }
}

/// The most bytes that a connection keeps of what it has received, and of what is to be sent.
pub(super) fn buffers() -> (u32, u32) {
    nets::all().first().map_or((0, 0), |net| net.with_tcp(|tcp, _| tcp.buffers()))
}
