//! A TCP socket of the pool, and what it is used for.

use super::list::{Links, NONE};
use super::table::{Entries, Entry};
use smoltcp::iface::{SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::time::Instant;

/// No deadline.
pub(super) const NEVER: Instant = Instant::from_micros_const(i64::MAX);

/// A socket of the pool.
pub(crate) struct Slot {
    /// A set of its own, so that smoltcp looks at no other socket.
    set: SocketSet<'static>,
    pub(super) used_for: Use,
    /// The next slot of the free list or of a backlog.
    next: u16,
    /// The next slot of the active list, and whether this one is in it.
    next_active: u16,
    pub(super) is_active: bool,
    /// When its next timer expires.
    pub(super) deadline: Instant,
    pub(super) entry: Entry,
    /// The peer's maximum segment size.
    pub(super) segment_bytes: u16,
    /// The peer's last acknowledgement, once nothing but the FIN is unacknowledged.
    pub(super) acknowledged: Option<u32>,
    /// Whether keep-alives probe a closed window of the peer.
    pub(super) is_probing: bool,
    /// Since when its owner waits in [`TcpStream::read_idle`](super::TcpStream::read_idle).
    pub(super) idle_since: Instant,
}

/// What a slot is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    /// Nothing: it is in the free list.
    Free,
    /// It listens, for the listener of this index.
    Listening(u8),
    /// A listener's connection whose handshake is not complete.
    SynReceived(u8),
    /// A listener's connection that has not been accepted, in the listener's backlog.
    Backlog(u8),
    /// A [`TcpStream`](super::TcpStream) has it.
    Stream,
    /// No stream has it any more. It closes the connection, and is reset at `until`.
    Closing { until: Instant },
}

impl Slot {
    /// A slot whose socket is in a place that nobody else uses.
    pub(super) fn new(place: &'static mut [SocketStorage<'static>], socket: Socket<'static>) -> Self {
        let mut set = SocketSet::new(place);
        set.add(socket);
        Slot {
            set,
            used_for: Use::Free,
            next: NONE,
            next_active: NONE,
            is_active: false,
            deadline: NEVER,
            entry: Entry::EMPTY,
            segment_bytes: 0,
            acknowledged: None,
            is_probing: false,
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

    /// Whether its connection has ended: it is closed, or in TIME-WAIT.
    #[inline]
    pub(super) fn has_ended(&self) -> bool {
        match self.socket().state() {
            State::TimeWait => true,
            // With a peer left, a reset has still to be sent.
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

/// The links of the active list.
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
