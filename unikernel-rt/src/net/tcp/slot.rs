//! A TCP socket of the pool, and who has it.

use super::list::{Links, NONE};
use super::table::{Entries, Entry};
use smoltcp::iface::{SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::time::Instant;

/// The time that never comes.
pub(super) const NEVER: Instant = Instant::from_micros_const(i64::MAX);

/// A socket of the pool.
pub(crate) struct Slot {
    /// A set of its own, so that smoltcp looks at no other socket.
    set: SocketSet<'static>,
    pub(super) user: User,
    /// What is behind it in the list that its user stands for.
    next: u16,
    /// What is behind it among those that have something to do, and whether it is there.
    next_active: u16,
    pub(super) is_active: bool,
    /// When it has something to do by itself.
    pub(super) deadline: Instant,
    pub(super) entry: Entry,
    /// Bytes of the segments that its peer takes.
    pub(super) segment_bytes: u16,
    /// What its peer has acknowledged last, of one that has nothing left but to end.
    pub(super) acknowledged: Option<u32>,
    /// Whether its peer is asked for its window.
    pub(super) is_asked: bool,
    /// Since when it waits without being missed.
    pub(super) idle_since: Instant,
}

/// Who has a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum User {
    /// Nobody: it is in the list of those that are free.
    Nobody,
    /// A listener, which has it listen.
    Listener(u8),
    /// A listener: a connection begins.
    Beginner(u8),
    /// A listener: a connection waits to be accepted, in the list of those that do.
    Visitor(u8),
    Stream,
    /// Nobody any more; it says its farewells, until then at the latest.
    Leaving {
        until: Instant,
    },
}

impl Slot {
    /// A slot whose socket is in a place that nobody else uses.
    pub(super) fn new(place: &'static mut [SocketStorage<'static>], socket: Socket<'static>) -> Self {
        let mut set = SocketSet::new(place);
        set.add(socket);
        Slot {
            set,
            user: User::Nobody,
            next: NONE,
            next_active: NONE,
            is_active: false,
            deadline: NEVER,
            entry: Entry::EMPTY,
            segment_bytes: 0,
            acknowledged: None,
            is_asked: false,
            idle_since: NEVER,
        }
    }

    #[inline]
    pub(super) fn set(&mut self) -> &mut SocketSet<'static> {
        &mut self.set
    }

    #[inline]
    pub(super) fn socket(&self) -> &Socket<'static> {
        // The first of a set has the handle that is the default.
        self.set.get(SocketHandle::default())
    }

    #[inline]
    pub(super) fn socket_mut(&mut self) -> &mut Socket<'static> {
        self.set.get_mut(SocketHandle::default())
    }

    /// Whether its connection has ended in every respect, up to remembering it for a while.
    #[inline]
    pub(super) fn has_ended(&self) -> bool {
        match self.socket().state() {
            State::TimeWait => true,
            // With a peer, it has a reset to send.
            State::Closed => self.socket().remote_endpoint().is_none(),
            _ => false,
        }
    }
}

impl Links for [Slot] {
    #[inline]
    fn link(&mut self, slot: u16) -> &mut u16 {
        &mut self[usize::from(slot)].next
    }
}

/// The links of those that have something to do.
pub(super) struct Active<'a>(pub(super) &'a mut [Slot]);

impl Links for Active<'_> {
    #[inline]
    fn link(&mut self, slot: u16) -> &mut u16 {
        &mut self.0[usize::from(slot)].next_active
    }
}

impl Entries for [Slot] {
    #[inline]
    fn entry(&mut self, slot: u16) -> &mut Entry {
        &mut self[usize::from(slot)].entry
    }
}
