//! Listeners: the slot that listens for each, and its backlog.
//!
//! smoltcp has no backlog: a socket that listens becomes the connection. Each listener therefore has one slot that listens, which is
//! replaced as soon as a SYN has taken it, and its established connections wait in the pool's other slots. While no slot is free, a
//! SYN is dropped instead of refused, so that the peer tries again, and an idle connection makes room ([`super::super::idle`]).

use super::{HANDSHAKE_TIMEOUT, List, Pool, Slot, Use};
use crate::net::waiting::Waiting;
use crate::net::{BindAddress, Error};
use core::net::{IpAddr, SocketAddr};
use core::task::Waker;
use smoltcp::time::Instant;
use smoltcp::wire::IpEndpoint;

/// A local address that connections are accepted on.
pub(in crate::net) struct Listener {
    address: BindAddress,
    /// The slot that listens; none while no slot is free.
    pub(super) slot: Option<u16>,
    /// Established connections that have not been accepted.
    backlog: List,
    acceptors: Waiting,
}

impl Listener {
    /// Whether a connection to a local endpoint is for this listener.
    pub(super) fn accepts(&self, local: &IpEndpoint) -> bool {
        self.address.port == local.port && self.address.ip.is_none_or(|ip| ip == IpAddr::from(local.addr))
    }
}

impl Pool {
    /// Starts to listen; the address must be one of the machine's.
    pub(in crate::net::tcp) fn listen(&mut self, address: BindAddress) -> Result<u8, Error> {
        if address.port == 0 || self.listeners.iter().flatten().any(|other| other.address.overlaps(address)) {
            return Err(Error::AddressInUse);
        }
        let index = self.listeners.iter().position(Option::is_none).ok_or(Error::NoFreeSocket)?;
        self.listeners[index] =
            Some(Listener { address, slot: None, backlog: List::EMPTY, acceptors: const { Waiting::NOBODY } });
        self.short += 1;
        self.replenish();
        Ok(index as u8)
    }

    /// Whether a listener uses a port.
    pub(super) fn is_listened(&self, port: u16) -> bool {
        self.listeners.iter().flatten().any(|listener| listener.address.port == port)
    }

    /// Stops listening; connections in the backlog are reset.
    pub(in crate::net::tcp) fn unlisten(&mut self, listener: u8, now: Instant) {
        let Some(ended) = self.listeners[usize::from(listener)].take() else { return };
        if ended.slot.is_none() {
            self.short -= 1;
        }
        for slot in 0..self.count() {
            if let Use::Listening(other) | Use::SynReceived(other) | Use::Backlog(other) = self.slot(slot).used_for
                && other == listener
            {
                self.reset(slot, now);
            }
        }
    }

    /// Gives every listener a slot that listens, as long as slots are free.
    pub(super) fn replenish(&mut self) {
        for index in 0..self.listeners.len() as u8 {
            if self.short == 0 {
                return;
            }
            let Some(Listener { address, slot: None, .. }) = self.listeners[usize::from(index)] else { continue };
            let Some(slot) = self.take() else { return };
            self.short -= 1;
            let Slot { used_for, .. } = self.slot(slot);
            *used_for = Use::Listening(index);
            let socket = self.socket_untouched(slot);
            // For the handshake.
            socket.set_timeout(Some(HANDSHAKE_TIMEOUT));
            // It cannot fail: the socket is closed, and the port is not 0.
            let _ = socket.listen(address.endpoint());
            self.listeners[usize::from(index)].iter_mut().for_each(|listener| listener.slot = Some(slot));
        }
    }

    /// Takes the oldest connection of a listener's backlog; while there is none, `waker` is woken for the next.
    pub(in crate::net::tcp) fn accept(&mut self, listener: u8, waker: &Waker) -> Option<(u16, SocketAddr)> {
        loop {
            let listener = self.listeners[usize::from(listener)].as_mut()?;
            let Some(slot) = listener.backlog.pop(self.slots) else {
                listener.acceptors.wait(waker);
                return None;
            };
            // The peer may have reset it meanwhile.
            if let Some(peer) = self.socket(slot).remote_endpoint()
                && !self.slot(slot).has_ended()
            {
                self.slot(slot).used_for = Use::Stream;
                return Some((slot, crate::net::endpoint::socket_addr(peer)));
            }
            self.release(slot);
        }
    }

    /// A SYN has taken the slot that listened: another one replaces it.
    #[inline(never)]
    pub(super) fn on_syn(&mut self, slot: u16, index: u8, now: Instant) {
        self.slot(slot).used_for = Use::SynReceived(index);
        self.register(slot);
        if let Some(listener) = &mut self.listeners[usize::from(index)] {
            listener.slot = None;
            self.short += 1;
            self.replenish();
        }
        if self.short > 0 {
            self.evict(now);
        }
    }

    /// The handshake is complete: the connection enters the backlog.
    #[inline(never)]
    pub(super) fn on_established(&mut self, slot: u16, index: u8) {
        self.slot(slot).used_for = Use::Backlog(index);
        self.socket_untouched(slot).set_timeout(None);
        if let Some(listener) = &mut self.listeners[usize::from(index)] {
            listener.backlog.push(self.slots, slot);
            listener.acceptors.wake();
        }
    }
}
