//! The TCP sockets of one stack: who has which, and what each has to do.
//!
//! Nothing that is done for a packet depends on how many sockets there are: connections are looked up in a table, sockets with
//! something to do are in a list, those that are free in another, and deadlines are looked through when the earliest has come.

mod ports;

use super::list::{List, NONE};
use super::slot::{Active, NEVER, Slot, User};
use super::table::Table;
use crate::net::Error;
use crate::net::segment::Segment;
use crate::sync::fill_from;
use core::mem::MaybeUninit;
use ports::{LISTENERS, Listener};
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};

/// A peer that says nothing for so long while a connection begins or ends is gone.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// To whom a segment goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::net) enum Target {
    Slot(u16),
    /// Nobody knows it: it is answered with a reset.
    Nobody,
    /// A new connection for which there is no socket now.
    Overhear,
}

/// The sockets and the listeners.
pub(in crate::net) struct Pool {
    slots: &'static mut [Slot],
    table: Table,
    listeners: [Option<Listener>; LISTENERS],
    /// How many listeners have no slot.
    short: u8,
    free: List,
    active: List,
    /// No deadline is earlier; there may be none at it any more.
    earliest: Instant,
}

/// What a pool is made of: places that nobody else uses, as many of each.
pub(in crate::net) struct Places<B> {
    pub(in crate::net) slots: &'static mut [MaybeUninit<Slot>],
    pub(in crate::net) heads: &'static mut [u16],
    pub(in crate::net) sockets: &'static mut [SocketStorage<'static>],
    /// Two for each socket, to receive and to send.
    pub(in crate::net) buffers: B,
}

impl Pool {
    /// Makes the sockets; `secret` is known to nobody.
    pub(in crate::net) fn new(
        places: Places<impl Iterator<Item = (&'static mut [u8], &'static mut [u8])>>,
        secret: u64,
    ) -> Self {
        let sockets = places.sockets.chunks_exact_mut(1).zip(places.buffers);
        let sockets = sockets.map(|(place, (receive, send))| {
            Slot::new(place, Socket::new(SocketBuffer::new(receive), SocketBuffer::new(send)))
        });
        let slots = fill_from(places.slots, sockets);
        let mut free = List::EMPTY;
        (0..slots.len() as u16).for_each(|slot| free.push(slots, slot));
        Pool {
            slots,
            table: Table::new(places.heads, secret),
            listeners: [const { None }; LISTENERS],
            short: 0,
            free,
            active: List::EMPTY,
            earliest: NEVER,
        }
    }

    /// How many slots there are.
    pub(super) fn count(&self) -> u16 {
        self.slots.len() as u16
    }

    #[inline]
    pub(super) fn slot(&mut self, slot: u16) -> &mut Slot {
        &mut self.slots[usize::from(slot)]
    }

    /// A slot's socket, to look at.
    #[inline]
    pub(super) fn socket(&self, slot: u16) -> &Socket<'static> {
        self.slots[usize::from(slot)].socket()
    }

    /// A slot's socket, which has something to do afterwards.
    #[inline]
    pub(super) fn socket_mut(&mut self, slot: u16) -> &mut Socket<'static> {
        self.touch(slot);
        self.slot(slot).socket_mut()
    }

    /// A slot's socket, of which nothing is changed that matters to its peer.
    #[inline]
    pub(super) fn socket_untouched(&mut self, slot: u16) -> &mut Socket<'static> {
        self.slot(slot).socket_mut()
    }

    /// What smoltcp works on for a slot.
    #[inline]
    pub(in crate::net) fn set(&mut self, slot: u16) -> &mut SocketSet<'static> {
        self.slot(slot).set()
    }

    /// Bytes of the segments that a slot's peer takes; 0 where that is left to smoltcp.
    #[inline]
    pub(in crate::net) fn segment_bytes(&self, slot: u16) -> u16 {
        self.slots[usize::from(slot)].segment_bytes
    }

    /// Whether a slot waits for the first segment of a peer.
    pub(in crate::net) fn is_beginning(&self, slot: u16) -> bool {
        matches!(self.socket(slot).state(), State::Listen | State::SynSent)
    }

    /// Remembers the bytes of the segments that a slot's peer takes.
    pub(in crate::net) fn set_segment_bytes(&mut self, slot: u16, segment_bytes: u16) {
        self.slot(slot).segment_bytes = segment_bytes;
    }

    /// To whom a segment goes.
    #[inline]
    pub(in crate::net) fn target(&mut self, segment: &Segment) -> Target {
        if let Some(slot) = self.table.find(self.slots, &segment.ends) {
            // Who begins anew has forgotten what is remembered here (RFC 9293, section 3.6.1).
            if !(segment.opens && self.slot(slot).has_ended()) {
                return Target::Slot(slot);
            }
        }
        if !segment.opens {
            return Target::Nobody;
        }
        let port = segment.ends.local.port;
        match self.listeners.iter().flatten().find(|listener| listener.port == port) {
            Some(Listener { slot: Some(slot), .. }) => Target::Slot(*slot),
            Some(_) => Target::Overhear,
            None => Target::Nobody,
        }
    }

    /// Has a slot looked at.
    #[inline]
    pub(in crate::net) fn touch(&mut self, slot: u16) {
        if !core::mem::replace(&mut self.slot(slot).is_active, true) {
            self.active.push(&mut Active(self.slots), slot);
        }
    }

    /// Whether any slot has something to do.
    #[inline]
    pub(in crate::net) fn is_active(&self) -> bool {
        !self.active.is_empty()
    }

    /// Takes the next slot that has something to do.
    #[inline]
    pub(in crate::net) fn next_active(&mut self) -> Option<u16> {
        let slot = self.active.pop(&mut Active(self.slots))?;
        self.slot(slot).is_active = false;
        Some(slot)
    }

    /// Has a slot looked at when its time has come.
    #[inline]
    pub(in crate::net) fn set_deadline(&mut self, slot: u16, deadline: Option<Instant>) {
        let slot = self.slot(slot);
        let deadline = deadline.unwrap_or(NEVER);
        let deadline = if let User::Leaving { until } = slot.user { deadline.min(until) } else { deadline };
        slot.deadline = deadline;
        self.earliest = self.earliest.min(deadline);
    }

    /// When it has to be looked at again if nothing happens before.
    pub(in crate::net) fn deadline(&self) -> Option<Instant> {
        Some(self.earliest).filter(|&earliest| earliest != NEVER)
    }

    /// Has all slots looked at whose time has come.
    #[inline]
    pub(in crate::net) fn expire(&mut self, now: Instant) {
        if now >= self.earliest {
            self.touch_until(now);
        }
    }

    /// As [`Pool::expire`], of all that have a deadline: what they wait for may have come.
    #[inline(never)]
    pub(in crate::net) fn touch_until(&mut self, now: Instant) {
        self.earliest = NEVER;
        for slot in 0..self.count() {
            let deadline = self.slot(slot).deadline;
            if deadline <= now && deadline != NEVER {
                self.touch(slot);
            } else {
                self.earliest = self.earliest.min(deadline);
            }
        }
    }

    /// Takes a socket that nobody needs, closed.
    fn take(&mut self) -> Option<u16> {
        let slot = self.free.pop(self.slots)?;
        self.table.remove(self.slots, slot);
        let Slot { user, deadline, segment_bytes, acknowledged, is_asked, .. } = self.slot(slot);
        (*user, *deadline, *segment_bytes) = (User::Stream, NEVER, 0);
        (*acknowledged, *is_asked) = (None, false);
        let socket = self.socket_untouched(slot);
        socket.abort();
        // Applications write whole answers, and what they write between two polls goes as one.
        socket.set_nagle_enabled(false);
        // What comes is answered after those whom it concerns have had their say: to wait for more would keep the other side waiting.
        socket.set_ack_delay(None);
        // smoltcp ends with it what is merely idle, too: it is for streams that begin or leave.
        socket.set_timeout(None);
        socket.set_keep_alive(None);
        Some(slot)
    }

    /// Takes a socket for a stream that begins here.
    pub(super) fn open(&mut self) -> Result<u16, Error> {
        self.take().ok_or(Error::NoSocket)
    }

    /// Finds a slot by its connection from now on.
    pub(super) fn learn(&mut self, slot: u16) {
        let socket = self.socket(slot);
        if let (Some(local), Some(remote)) = (socket.local_endpoint(), socket.remote_endpoint()) {
            self.table.remove(self.slots, slot);
            self.table.add(self.slots, slot, crate::net::segment::Ends { local, remote });
        }
    }

    /// Whether a port is taken by a connection or a listener.
    pub(super) fn has_port(&self, port: u16) -> bool {
        let mut connections = self.slots.iter().filter_map(|slot| slot.entry.ends());
        connections.any(|ends| ends.local.port == port) || self.is_listened(port)
    }

    /// Lets a stream go: what was written is still sent, if the other side takes it within a while.
    pub(super) fn leave(&mut self, slot: u16, now: Instant) {
        let socket = self.socket_mut(slot);
        socket.close();
        socket.set_timeout(Some(PATIENCE));
        self.slot(slot).user = User::Leaving { until: now + PATIENCE };
        self.settle(slot, now);
    }

    /// Ends a connection that nobody wants.
    fn reset(&mut self, slot: u16, now: Instant) {
        self.socket_mut(slot).abort();
        self.slot(slot).user = User::Leaving { until: now + PATIENCE };
        self.settle(slot, now);
    }

    /// What follows for a slot from what has come or gone, or from the time.
    #[inline]
    pub(in crate::net) fn settle(&mut self, slot: u16, now: Instant) {
        match self.slot(slot).user {
            User::Stream | User::Nobody | User::Visitor(_) => {}
            User::Listener(listener) => {
                if !self.socket(slot).is_listening() {
                    self.begin(slot, listener, now);
                }
            }
            User::Beginner(listener) => match self.socket(slot).state() {
                State::SynReceived => {}
                // The other side has given up before it was there.
                State::Closed | State::Listen => self.reset(slot, now),
                _ => self.welcome(slot, listener),
            },
            User::Leaving { until } => {
                if self.slot(slot).has_ended() || now >= until {
                    self.release(slot);
                }
            }
        }
    }

    /// A connection has ended: others can have its socket, those that are remembered last.
    #[inline(never)]
    fn release(&mut self, slot: u16) {
        self.slot(slot).user = User::Nobody;
        if self.socket(slot).state() == State::TimeWait {
            self.free.push(self.slots, slot);
        } else {
            // Whoever is still there is told, if there is time for that.
            self.socket_mut(slot).abort();
            self.table.remove(self.slots, slot);
            self.free.push_first(self.slots, slot);
        }
        self.replenish();
    }
}

const _: () = assert!(NONE as usize >= 4096, "more slots than numbers");
