//! The TCP sockets of one stack.
//!
//! Work per packet does not grow with the number of sockets: connections are found by a hash table, sockets to be polled are in the
//! active list, unused ones in the free list, and deadlines are searched only when the earliest has expired.

mod listeners;

pub(in crate::net) use listeners::Listener;

use super::list::{List, NONE};
use super::slot::{Active, NEVER, Slot, Use};
use super::table::Table;
use crate::net::Error;
use crate::net::segment::Segment;
use crate::sync::fill_from;
use core::mem::MaybeUninit;
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};

/// How long a peer may be silent during the handshake and while the connection is closed.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(60);

/// What happens to a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::net) enum Target {
    /// The slot's socket gets it.
    Slot(u16),
    /// No socket has this connection: a reset is the answer.
    Reset,
    /// A new connection, and no socket is free: it is dropped, so that the peer tries again.
    Drop,
}

/// The sockets and the listeners.
pub(in crate::net) struct Pool {
    slots: &'static mut [Slot],
    table: Table,
    listeners: &'static mut [Option<Listener>],
    /// How many listeners have no slot that listens.
    short: u8,
    free: List,
    active: List,
    /// A lower bound of all deadlines.
    earliest: Instant,
}

/// The memory of a pool: one element of each for a socket.
pub(in crate::net) struct Places<B> {
    pub(in crate::net) slots: &'static mut [MaybeUninit<Slot>],
    pub(in crate::net) heads: &'static mut [u16],
    pub(in crate::net) sockets: &'static mut [SocketStorage<'static>],
    pub(in crate::net) listeners: &'static mut [Option<Listener>],
    /// The receive and the send buffer of each socket.
    pub(in crate::net) buffers: B,
}

impl Pool {
    /// Creates the sockets. `secret` keys the hash of the connection table.
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
            listeners: places.listeners,
            short: 0,
            free,
            active: List::EMPTY,
            earliest: NEVER,
        }
    }

    /// The number of slots.
    pub(super) fn count(&self) -> u16 {
        self.slots.len() as u16
    }

    #[inline]
    pub(super) fn slot(&mut self, slot: u16) -> &mut Slot {
        &mut self.slots[usize::from(slot)]
    }

    /// A slot's socket, read-only.
    #[inline]
    pub(super) fn socket(&self, slot: u16) -> &Socket<'static> {
        self.slots[usize::from(slot)].socket()
    }

    /// A slot's socket, which is polled afterwards.
    #[inline]
    pub(super) fn socket_mut(&mut self, slot: u16) -> &mut Socket<'static> {
        self.touch(slot);
        self.slot(slot).socket_mut()
    }

    /// A slot's socket, for changes after which it need not be polled.
    #[inline]
    pub(super) fn socket_untouched(&mut self, slot: u16) -> &mut Socket<'static> {
        self.slot(slot).socket_mut()
    }

    /// The socket set of a slot.
    #[inline]
    pub(in crate::net) fn set(&mut self, slot: u16) -> &mut SocketSet<'static> {
        self.slot(slot).set()
    }

    /// The maximum segment size of a slot's peer; 0 leaves it to smoltcp.
    #[inline]
    pub(in crate::net) fn segment_bytes(&self, slot: u16) -> u16 {
        self.slots[usize::from(slot)].segment_bytes
    }

    /// Whether a slot waits for the SYN of a peer.
    pub(in crate::net) fn awaits_syn(&self, slot: u16) -> bool {
        matches!(self.socket(slot).state(), State::Listen | State::SynSent)
    }

    /// Sets the maximum segment size of a slot's peer.
    pub(in crate::net) fn set_segment_bytes(&mut self, slot: u16, segment_bytes: u16) {
        self.slot(slot).segment_bytes = segment_bytes;
    }

    /// What happens to a segment.
    #[inline]
    pub(in crate::net) fn target(&mut self, segment: &Segment) -> Target {
        if let Some(slot) = self.table.find(self.slots, &segment.ends) {
            // A SYN reopens a connection in TIME-WAIT (RFC 9293, section 3.6.1).
            if !(segment.opens && self.slot(slot).has_ended()) {
                return Target::Slot(slot);
            }
        }
        if !segment.opens {
            return Target::Reset;
        }
        match self.listeners.iter().flatten().find(|listener| listener.accepts(&segment.ends.local)) {
            Some(Listener { slot: Some(slot), .. }) => Target::Slot(*slot),
            Some(_) => Target::Drop,
            None => Target::Reset,
        }
    }

    /// Puts a slot into the active list.
    #[inline]
    pub(in crate::net) fn touch(&mut self, slot: u16) {
        if !core::mem::replace(&mut self.slot(slot).is_active, true) {
            self.active.push(&mut Active(self.slots), slot);
        }
    }

    /// Whether a slot is in the active list.
    #[inline]
    pub(in crate::net) fn is_active(&self) -> bool {
        !self.active.is_empty()
    }

    /// Takes the first slot of the active list.
    #[inline]
    pub(in crate::net) fn next_active(&mut self) -> Option<u16> {
        let slot = self.active.pop(&mut Active(self.slots))?;
        self.slot(slot).is_active = false;
        Some(slot)
    }

    /// Has a slot polled at a deadline.
    #[inline]
    pub(in crate::net) fn set_deadline(&mut self, slot: u16, deadline: Option<Instant>) {
        let slot = self.slot(slot);
        let deadline = deadline.unwrap_or(NEVER);
        let deadline = if let Use::Closing { until } = slot.used_for { deadline.min(until) } else { deadline };
        slot.deadline = deadline;
        self.earliest = self.earliest.min(deadline);
    }

    /// When the pool has to be polled next.
    pub(in crate::net) fn deadline(&self) -> Option<Instant> {
        Some(self.earliest).filter(|&earliest| earliest != NEVER)
    }

    /// Activates all slots whose deadline has come.
    #[inline]
    pub(in crate::net) fn expire(&mut self, now: Instant) {
        if now >= self.earliest {
            self.touch_until(now);
        }
    }

    /// As [`Pool::expire`], without a look at the earliest deadline. A `now` in the far future activates all that wait for a timer.
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

    /// Takes a slot of the free list; its socket is closed.
    fn take(&mut self) -> Option<u16> {
        let slot = self.free.pop(self.slots)?;
        self.table.remove(self.slots, slot);
        let Slot { used_for, deadline, segment_bytes, acknowledged, is_probing, .. } = self.slot(slot);
        (*used_for, *deadline, *segment_bytes) = (Use::Stream, NEVER, 0);
        (*acknowledged, *is_probing) = (None, false);
        let socket = self.socket_untouched(slot);
        socket.abort();
        // Applications write whole answers, and what they write between two polls goes as one.
        socket.set_nagle_enabled(false);
        // The application runs before the acknowledgement is sent, so that its answer carries it: a delay would gain nothing.
        socket.set_ack_delay(None);
        // smoltcp's timeout ends idle connections, too: it is for the handshake and for closing.
        socket.set_timeout(None);
        socket.set_keep_alive(None);
        Some(slot)
    }

    /// Takes a slot for a connection that is opened here.
    pub(super) fn open(&mut self) -> Result<u16, Error> {
        self.take().ok_or(Error::NoFreeSocket)
    }

    /// Enters a slot's connection into the table.
    pub(super) fn register(&mut self, slot: u16) {
        let socket = self.socket(slot);
        if let (Some(local), Some(remote)) = (socket.local_endpoint(), socket.remote_endpoint()) {
            self.table.remove(self.slots, slot);
            self.table.add(self.slots, slot, crate::net::segment::Ends { local, remote });
        }
    }

    /// Whether a connection or a listener uses a port.
    pub(super) fn has_port(&self, port: u16) -> bool {
        let mut connections = self.slots.iter().filter_map(|slot| slot.entry.ends());
        connections.any(|ends| ends.local.port == port) || self.is_listened(port)
    }

    /// Closes a connection whose stream was dropped: pending data is still sent, within [`HANDSHAKE_TIMEOUT`].
    pub(super) fn close(&mut self, slot: u16, now: Instant) {
        let socket = self.socket_mut(slot);
        socket.close();
        socket.set_timeout(Some(HANDSHAKE_TIMEOUT));
        self.slot(slot).used_for = Use::Closing { until: now + HANDSHAKE_TIMEOUT };
        self.update(slot, now);
    }

    /// Resets a connection that no stream has.
    fn reset(&mut self, slot: u16, now: Instant) {
        self.socket_mut(slot).abort();
        self.slot(slot).used_for = Use::Closing { until: now + HANDSHAKE_TIMEOUT };
        self.update(slot, now);
    }

    /// Updates what a slot is used for after its socket was polled.
    #[inline]
    pub(in crate::net) fn update(&mut self, slot: u16, now: Instant) {
        match self.slot(slot).used_for {
            Use::Stream | Use::Free | Use::Backlog(_) => {}
            Use::Listening(listener) => {
                if !self.socket(slot).is_listening() {
                    self.on_syn(slot, listener, now);
                }
            }
            Use::SynReceived(listener) => match self.socket(slot).state() {
                State::SynReceived => {}
                // The peer gave up during the handshake.
                State::Closed | State::Listen => self.reset(slot, now),
                _ => self.on_established(slot, listener),
            },
            Use::Closing { until } => {
                if self.slot(slot).has_ended() || now >= until {
                    self.release(slot);
                }
            }
        }
    }

    /// Puts a slot into the free list. Those in TIME-WAIT are reused last.
    #[inline(never)]
    fn release(&mut self, slot: u16) {
        self.slot(slot).used_for = Use::Free;
        if self.socket(slot).state() == State::TimeWait {
            self.free.push(self.slots, slot);
        } else {
            // A peer that is still there gets a reset, unless the slot is reused before.
            self.socket_mut(slot).abort();
            self.table.remove(self.slots, slot);
            self.free.push_first(self.slots, slot);
        }
        self.replenish();
    }
}

const _: () = assert!(NONE as usize >= 4096, "more slots than numbers");
