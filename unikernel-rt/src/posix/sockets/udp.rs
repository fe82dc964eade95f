//! Sockets of UDP: what each call does now. Nothing waits here: what has to is `EAGAIN`.

use super::addresses::Family;
use super::errors::{errno, without};
use super::nets::{self, bound_to, leading_to, narrow};
use super::settings::Settings;
use super::wakers;
use super::{Direction, Shutdown};
use crate::net::Net;
use crate::posix::errno::{
    EACCES, EADDRNOTAVAIL, EAGAIN, EDESTADDRREQ, EINVAL, EMSGSIZE, ENETUNREACH, ENOTCONN, EPIPE, Errno,
};
use crate::posix::parts::{Parts, PartsMut};
use crate::posix::readiness::Readiness;
use crate::sync::{Lock, Name};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;
use unikernel_net::{Error, MOST_BYTES_IN_FRAGMENTS, Payload, Received, UdpHandle, widen};

/// A socket of UDP.
pub(super) struct Udp(Lock<State, Udp>);

impl Name for Udp {
    const NAME: &'static str = "socket of UDP";
}

struct State {
    /// Where it is bound to: the unspecified address and port 0 where it is not.
    bound: SocketAddr,
    /// A socket of each network that it is bound to.
    sockets: Vec<(Net, UdpHandle)>,
    peer: Option<Peer>,
    is_read_shut: bool,
    is_write_shut: bool,
}

/// Whom it is connected to, by which of its sockets, and from which address.
#[derive(Clone, Copy)]
struct Peer {
    address: SocketAddr,
    at: usize,
    source: IpAddr,
}

/// A datagram: bytes that were copied, bytes that it has, and who has sent it.
pub(super) struct Datagram {
    pub(super) copied: usize,
    pub(super) length: usize,
    pub(super) from: SocketAddr,
}

impl Udp {
    pub(super) fn new(family: Family) -> Self {
        let bound = family.unspecified();
        Udp(Lock::new(State { bound, sockets: Vec::new(), peer: None, is_read_shut: false, is_write_shut: false }))
    }

    pub(super) fn bind(&self, address: SocketAddr) -> Result<(), Errno> {
        self.0.with(|state| if state.sockets.is_empty() { state.bind(address) } else { Err(EINVAL) })
    }

    /// Connects it to a peer, or to nobody.
    pub(super) fn connect(&self, peer: Option<SocketAddr>) -> Result<(), Errno> {
        self.0.with(|state| {
            if let Some(Peer { at, .. }) = state.peer.take() {
                let (net, handle) = state.sockets[at];
                // It is there as long as this is.
                let _ = net.with_udp(|udp, _| udp.disconnect(handle));
            }
            let Some(address) = peer else { return Ok(()) };
            state.be_bound()?;
            let (at, net, handle) = state.leading_to(address)?;
            let wanted = narrow(address).ok_or(ENETUNREACH)?;
            let source = net.with_link(|link| link.source(wanted.ip())).map_err(errno)?;
            net.with_udp(|udp, calls| udp.connect(calls, handle, wanted)).map_err(errno)?;
            let source = widen(unikernel_net::SocketAddr::new(source, 0)).ip();
            state.peer = Some(Peer { address, at, source });
            Ok(())
        })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.0.with(|state| match state.peer {
            Some(Peer { source, .. }) if state.bound.ip().is_unspecified() => {
                SocketAddr::new(source, state.bound.port())
            }
            _ => state.bound,
        })
    }

    pub(super) fn peer(&self) -> Result<SocketAddr, Errno> {
        self.0.with(|state| state.peer.map(|peer| peer.address).ok_or(ENOTCONN))
    }

    /// Sends a datagram, to an address or to the peer.
    pub(super) fn send(&self, parts: &Parts<'_>, to: Option<SocketAddr>, settings: &Settings) -> Result<usize, Errno> {
        self.0.with(|state| {
            if state.is_write_shut {
                return Err(EPIPE);
            }
            state.be_bound()?;
            let to = to.map(super::addresses::or_loopback);
            let (net, handle, wanted) = match (to, state.peer) {
                (None, None) => return Err(EDESTADDRREQ),
                (None, Some(Peer { at, .. })) => (state.sockets[at].0, state.sockets[at].1, None),
                (Some(to), _) => {
                    let (_, net, handle) = state.leading_to(to)?;
                    (net, handle, Some(narrow(to).ok_or(ENETUNREACH)?))
                }
            };
            if !settings.may_broadcast
                && let Some(peer) = to.or(state.peer.map(|peer| peer.address)).and_then(narrow)
                && net.with_link(|link| link.is_for_all_hosts(peer.ip()))
            {
                return Err(EACCES);
            }
            let send = |payload: &[Payload<'_>]| net.with_udp(|udp, calls| udp.send(calls, handle, payload, wanted));
            let mut bytes = parts.iter();
            let sent = match (bytes.next(), bytes.next()) {
                (None, _) => send(&[]),
                (Some(one), None) => send(&[Payload::Borrowed(one)]),
                _ => send(&parts.iter().map(Payload::Borrowed).collect::<Vec<_>>()),
            };
            sent.map(|()| parts.bytes()).map_err(|error| not_sent(error, parts.bytes()))
        })
    }

    /// Takes the next datagram, or looks at it; what has no room is lost.
    pub(super) fn receive(&self, parts: &mut PartsMut<'_>, is_peek: bool) -> Result<Datagram, Errno> {
        self.0.with(|state| {
            let mut outcome = Err(Error::WouldBlock);
            for (net, handle) in &state.sockets {
                outcome = net.with_udp(|udp, calls| {
                    into(parts, |buffer| match is_peek {
                        true => udp.peek_from(calls, *handle, buffer),
                        false => udp.receive_from(calls, *handle, buffer),
                    })
                });
                if outcome != Err(Error::WouldBlock) {
                    break;
                }
            }
            match outcome {
                Ok(Received { bytes, length, peer }) => Ok(Datagram { copied: bytes, length, from: widen(peer) }),
                Err(Error::WouldBlock) if state.is_read_shut => {
                    Ok(Datagram { copied: 0, length: 0, from: state.bound })
                }
                Err(error) => Err(errno(error)),
            }
        })
    }

    pub(super) fn shut_down(&self, how: Shutdown) -> Result<(), Errno> {
        self.0.with(|state| {
            state.peer.ok_or(ENOTCONN)?;
            state.is_read_shut |= how.of_reading;
            state.is_write_shut |= how.of_writing;
            Ok(())
        })
    }

    /// What was reported of an earlier datagram, once.
    pub(super) fn take_error(&self) -> Option<Errno> {
        self.0.with(|state| {
            let taken =
                |(net, handle): &(Net, UdpHandle)| net.with_udp(|udp, _| udp.take_error(*handle)).ok().flatten();
            state.sockets.iter().find_map(taken).map(errno)
        })
    }

    pub(super) fn readiness(&self) -> Readiness {
        self.0.with(|state| {
            let first = Readiness::READABLE.only_if(state.is_read_shut)
                | Readiness::READ_CLOSED.only_if(state.is_read_shut)
                | Readiness::WRITE_CLOSED.only_if(state.is_write_shut)
                | Readiness::WRITABLE.only_if(state.sockets.is_empty());
            state.sockets.iter().fold(first, |all, (net, handle)| {
                let core = net.with_udp(|udp, _| udp.readiness(*handle)).unwrap_or_default();
                all | Readiness::READABLE.only_if(core.readable)
                    | Readiness::FAILED.only_if(core.failed)
                    | Readiness::WRITABLE.only_if(net.has_room())
            })
        })
    }

    /// Has a waker called when a direction has changed.
    pub(super) fn register(&self, direction: Direction, waker: &Waker) {
        self.0.with(|state| {
            for (net, handle) in &state.sockets {
                // It is there as long as this is.
                let _ = net.with_udp(|udp, _| udp.register(*handle, waker));
                if direction == Direction::Write || direction == Direction::Both && !net.has_room() {
                    wakers::wait_for_room(*net, waker);
                }
            }
        });
    }

    pub(super) fn close(&self) {
        self.0.with(|state| state.unbind());
    }
}

impl State {
    /// Binds it to any port, where it is not bound.
    fn be_bound(&mut self) -> Result<(), Errno> {
        if self.sockets.is_empty() { self.bind(self.bound) } else { Ok(()) }
    }

    fn bind(&mut self, address: SocketAddr) -> Result<(), Errno> {
        /// Where a port that is free at the first network is not so at another.
        const ATTEMPTS: u32 = 16;
        for _ in 0..ATTEMPTS {
            match self.bind_all(address) {
                Err(_) if address.port() == 0 && self.sockets.len() > 1 => self.unbind(),
                Err(error) => {
                    self.unbind();
                    return Err(error);
                }
                Ok(bound) => {
                    self.bound = bound;
                    return Ok(());
                }
            }
        }
        Err(EAGAIN)
    }

    fn bind_all(&mut self, address: SocketAddr) -> Result<SocketAddr, Errno> {
        let mut bound = address;
        for net in bound_to(address)? {
            let local = narrow(bound).ok_or(EADDRNOTAVAIL)?;
            let (handle, port) = net
                .with_udp(|udp, calls| {
                    let handle = udp.bind(calls, local)?;
                    Ok::<_, Error>((handle, udp.local_address(handle)?.port()))
                })
                .map_err(errno)?;
            self.sockets.push((*net, handle));
            bound.set_port(port);
        }
        Ok(bound)
    }

    fn unbind(&mut self) {
        for (net, handle) in self.sockets.drain(..) {
            // It is there as long as this is.
            let _ = net.with_udp(|udp, calls| udp.close(calls, handle));
        }
    }

    /// The one of its sockets that leads to an address.
    fn leading_to(&self, address: SocketAddr) -> Result<(usize, Net, UdpHandle), Errno> {
        let net = leading_to(address, self.bound)?;
        let mut sockets = self.sockets.iter().enumerate();
        sockets.find(|(_, (other, _))| other.is(net)).map(|(at, (net, handle))| (at, *net, *handle)).ok_or(ENETUNREACH)
    }
}

/// The number of the error of a datagram of so many bytes that was not sent.
#[cold]
fn not_sent(error: Error, bytes: usize) -> Errno {
    static IS_TOLD: AtomicBool = AtomicBool::new(false);
    let error = errno(error);
    let would_go = cfg!(not(feature = "fragments")) && error == EMSGSIZE && bytes <= MOST_BYTES_IN_FRAGMENTS;
    // Once: a peer may have a server try as often as it likes.
    if would_go && !IS_TOLD.swap(true, Ordering::Relaxed) { without("fragments", error) } else { error }
}

/// Receives into the parts: into the only one, or by way of a buffer.
fn into(
    parts: &mut PartsMut<'_>,
    receive: impl FnOnce(&mut [u8]) -> Result<Received, Error>,
) -> Result<Received, Error> {
    /// The longest datagram.
    const MOST: usize = 1 << 16;
    if let Some(only) = parts.only() {
        return receive(only);
    }
    let mut buffer = alloc::vec![0; parts.bytes().min(MOST)];
    let received = receive(&mut buffer)?;
    let mut rest = buffer.get(..received.bytes).unwrap_or_default();
    for part in parts.iter_mut() {
        let (here, after) = rest.split_at(part.len().min(rest.len()));
        part[..here.len()].copy_from_slice(here);
        rest = after;
    }
    Ok(received)
}

/// The most bytes that a socket keeps of what it has received, and of what is to be sent, which is nothing.
pub(super) fn buffers() -> (u32, u32) {
    (nets::all().first().map_or(0, |net| net.with_udp(|udp, _| udp.buffer_bytes())), 0)
}
