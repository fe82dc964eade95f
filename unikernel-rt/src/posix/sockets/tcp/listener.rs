//! Listening, at one network or at all.

use super::{Connection, Kind, Tcp};
use crate::entropy;
use crate::net::Net;
use crate::posix::errno::{EADDRINUSE, EADDRNOTAVAIL, EAGAIN, EINVAL, Errno};
use crate::posix::sockets::errors::errno;
use crate::posix::sockets::nets::{bound_to, narrow};
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Waker;
use unikernel_net::{Accepted, ListenerHandle, widen};

/// A listener at each network that it is bound to.
pub(super) struct Listening {
    listeners: Vec<(Net, ListenerHandle)>,
    /// The one that is asked first.
    next: usize,
}

impl Listening {
    fn begin(bound: SocketAddr, backlog: usize) -> Result<Self, Errno> {
        let local = narrow(bound).ok_or(EADDRNOTAVAIL)?;
        let mut listening = Listening { listeners: Vec::new(), next: 0 };
        for net in bound_to(bound)? {
            match net.with_tcp(|tcp, calls| tcp.listen(calls, local, backlog)) {
                Ok(handle) => listening.listeners.push((*net, handle)),
                Err(error) => {
                    listening.end();
                    return Err(errno(error));
                }
            }
        }
        Ok(listening)
    }

    fn end(&self) {
        for (net, handle) in &self.listeners {
            // It is there as long as this is.
            let _ = net.with_tcp_now(|tcp, calls| tcp.close_listener(calls, *handle));
        }
    }

    pub(super) fn has_incoming(&self) -> bool {
        self.listeners.iter().any(|(net, handle)| net.with_tcp(|tcp, _| tcp.has_incoming(*handle)).unwrap_or(false))
    }

    pub(super) fn register(&self, waker: &Waker) {
        for (net, handle) in &self.listeners {
            let _ = net.with_tcp(|tcp, _| tcp.register_accept(*handle, waker));
        }
    }

    /// The next connection that waits.
    fn accept(&mut self) -> Option<Connection> {
        for _ in 0..self.listeners.len() {
            let (net, listener) = *self.listeners.get(self.next)?;
            // The others have their turn once this one has nothing.
            if let Ok(Accepted { handle, local, remote }) = net.with_tcp(|tcp, calls| tcp.accept(calls, listener)) {
                let connection = Connection::new(net, handle, (widen(local), widen(remote)));
                return Some(Connection { is_told_open: true, ..connection });
            }
            self.next = (self.next + 1) % self.listeners.len();
        }
        None
    }
}

impl Tcp {
    pub(in crate::posix::sockets) fn listen(&self, backlog: usize) -> Result<(), Errno> {
        self.0.with(|state| {
            match state.kind {
                Kind::Idle => {}
                // Another backlog: it is a hint.
                Kind::Listening(_) => return Ok(()),
                Kind::Awaiting { .. } | Kind::Connection(_) => return Err(EINVAL),
            }
            if state.bound.port() == 0 {
                state.bound = free_address(state.bound)?;
            }
            state.kind = Kind::Listening(Listening::begin(state.bound, backlog)?);
            Ok(())
        })
    }

    pub(in crate::posix::sockets) fn accept(&self) -> Result<Connection, Errno> {
        self.0.with(|state| match &mut state.kind {
            Kind::Listening(listening) => listening.accept().ok_or(EAGAIN),
            _ => Err(EINVAL),
        })
    }

    /// Listens no more; whether it did.
    pub(super) fn stop_listening(&self) -> bool {
        self.0.with(|state| match &state.kind {
            Kind::Listening(listening) => {
                listening.end();
                state.kind = Kind::Idle;
                true
            }
            _ => false,
        })
    }
}

/// An address that nobody listens at, with a port where none is given.
pub(super) fn free_address(address: SocketAddr) -> Result<SocketAddr, Errno> {
    const ATTEMPTS: u32 = 256;
    let nets = bound_to(address)?;
    let check = |address: SocketAddr| {
        let local = narrow(address).ok_or(EADDRNOTAVAIL)?;
        nets.iter().try_for_each(|net| net.with_tcp(|tcp, calls| tcp.can_listen(calls, local))).map_err(errno)
    };
    if address.port() != 0 {
        return check(address).map(|()| address);
    }
    let mut candidates = (0..ATTEMPTS).map(|_| SocketAddr::new(address.ip(), next_port()));
    candidates.find(|candidate| check(*candidate).is_ok()).ok_or(EADDRINUSE)
}

/// Ports of the dynamic range (RFC 6335, section 6), one after the other from one that differs from boot to boot: who has been given one
/// has time to use it.
fn next_port() -> u16 {
    const FIRST: u16 = 49152;
    /// 0 before the first one.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    if NEXT.load(Ordering::Relaxed) == 0 {
        let mut random = [0; 2];
        entropy::fill(&mut random);
        NEXT.store(u32::from(u16::from_le_bytes(random)) + 1, Ordering::Relaxed);
    }
    FIRST | NEXT.fetch_add(1, Ordering::Relaxed) as u16
}
