//! The ports that are listened on: which socket listens on each, and who waits to be accepted.
//!
//! smoltcp has no backlog: a socket that listens becomes the connection. A listener therefore always has one socket that
//! listens, replaced right after the packet that took it, and what has come waits among the others. Where no socket is left, a
//! new connection is not refused but overheard, so that the other side tries again, and who is idle gives way to it ([`super::idle`]).

use super::{List, PATIENCE, Pool, Slot, User};
use crate::net::Error;
use crate::net::waiting::Waiting;
use core::task::Waker;
use smoltcp::time::Instant;

/// The most ports that are listened on at the same time.
pub(super) const LISTENERS: usize = 8;

/// A port that is listened on.
pub(super) struct Listener {
    pub(super) port: u16,
    /// The slot that listens; none where none was left.
    pub(super) slot: Option<u16>,
    /// Those that wait to be accepted.
    visitors: List,
    acceptors: Waiting,
}

impl Pool {
    /// Begins to listen on a port.
    pub(in crate::net::tcp) fn listen(&mut self, port: u16) -> Result<u8, Error> {
        if port == 0 || self.is_listened(port) {
            return Err(Error::AddressInUse);
        }
        let index = self.listeners.iter().position(Option::is_none).ok_or(Error::NoSocket)?;
        self.listeners[index] =
            Some(Listener { port, slot: None, visitors: List::EMPTY, acceptors: const { Waiting::NOBODY } });
        self.short += 1;
        self.replenish();
        Ok(index as u8)
    }

    pub(super) fn is_listened(&self, port: u16) -> bool {
        self.listeners.iter().flatten().any(|listener| listener.port == port)
    }

    /// Ends listening; who waits to be accepted is reset.
    pub(in crate::net::tcp) fn unlisten(&mut self, listener: u8, now: Instant) {
        let Some(ended) = self.listeners[usize::from(listener)].take() else { return };
        if ended.slot.is_none() {
            self.short -= 1;
        }
        for slot in 0..self.count() {
            if let User::Listener(other) | User::Beginner(other) | User::Visitor(other) = self.slot(slot).user
                && other == listener
            {
                self.reset(slot, now);
            }
        }
    }

    /// Gives every listener a socket that listens, where one is left.
    pub(super) fn replenish(&mut self) {
        for index in 0..LISTENERS as u8 {
            if self.short == 0 {
                return;
            }
            let Some(Listener { port, slot: None, .. }) = self.listeners[usize::from(index)] else { continue };
            let Some(slot) = self.take() else { return };
            self.short -= 1;
            let Slot { user, .. } = self.slot(slot);
            *user = User::Listener(index);
            let socket = self.socket_untouched(slot);
            // Who does not finish what it begins is gone, too.
            socket.set_timeout(Some(PATIENCE));
            // The socket is closed, and the port is not 0.
            let _ = socket.listen(port);
            self.listeners[usize::from(index)].iter_mut().for_each(|listener| listener.slot = Some(slot));
        }
    }

    /// Takes the connection that has waited longest for a listener; else leaves word with the next.
    pub(in crate::net::tcp) fn accept(&mut self, listener: u8, waker: &Waker) -> Option<u16> {
        loop {
            let listener = self.listeners[usize::from(listener)].as_mut()?;
            let Some(slot) = listener.visitors.pop(self.slots) else {
                listener.acceptors.wait(waker);
                return None;
            };
            // It may have come to nothing meanwhile.
            if !self.slot(slot).has_ended() {
                self.slot(slot).user = User::Stream;
                return Some(slot);
            }
            self.release(slot);
        }
    }

    /// A connection begins at the slot that listened: another takes its place.
    #[inline(never)]
    pub(super) fn begin(&mut self, slot: u16, index: u8, now: Instant) {
        self.slot(slot).user = User::Beginner(index);
        self.learn(slot);
        if let Some(listener) = &mut self.listeners[usize::from(index)] {
            listener.slot = None;
            self.short += 1;
            self.replenish();
        }
        if self.short > 0 {
            self.evict(now);
        }
    }

    /// A connection is there: it can be accepted.
    #[inline(never)]
    pub(super) fn welcome(&mut self, slot: u16, index: u8) {
        self.slot(slot).user = User::Visitor(index);
        self.socket_untouched(slot).set_timeout(None);
        if let Some(listener) = &mut self.listeners[usize::from(index)] {
            listener.visitors.push(self.slots, slot);
            listener.acceptors.wake();
        }
    }
}
