//! What was dropped, and why, and what has passed: for whoever asks where his packets have gone.

/// Counts since the beginning.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Counters {
    /// Frames that were given to the stack.
    pub received: u64,
    /// Frames that were given to a card.
    pub sent: u64,
    /// Packets whose lengths contradict each other.
    pub malformed: u64,
    /// Packets with a wrong checksum.
    pub wrong_checksums: u64,
    /// Fragments of packets; where it is not declared, they are not put together.
    pub fragments: u64,
    /// Packets from addresses that no host has, or for addresses that are not ours.
    pub not_for_us: u64,
    /// Packets that waited for a neighbour which did not answer, or for which there was no room.
    pub unresolved: u64,
    /// ICMP errors that were not sent, because too many were.
    pub errors_held_back: u64,
}

/// Counts since the beginning, of a stack whose families are [`Counted`](crate::Counted).
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Traffic {
    /// Bytes of the frames that were given to the stack.
    pub received_bytes: u64,
    /// Bytes of the frames that were given to a card, before the card cuts them into segments.
    pub sent_bytes: u64,
    /// Connections of TCP that others have opened.
    pub accepted: u64,
    /// Connections of TCP that this host has begun to open.
    pub connecting: u64,
    /// Connections that others wanted, and for which there was no room.
    pub turned_away: u64,
    /// Segments of TCP that were sent again.
    pub retransmitted: u64,
}

/// Where [`Traffic`] is counted: there, or nowhere, which is no code.
pub trait Tally: Default + sealed::Sealed {
    /// Counts something.
    #[doc(hidden)]
    fn count(&mut self, add: impl FnOnce(&mut Traffic));
}

impl Tally for () {
    #[inline]
    fn count(&mut self, _: impl FnOnce(&mut Traffic)) {}
}

impl Tally for Traffic {
    #[inline]
    fn count(&mut self, add: impl FnOnce(&mut Traffic)) {
        add(self);
    }
}

mod sealed {
    /// Nobody else's.
    pub trait Sealed {}
    impl Sealed for () {}
    impl Sealed for super::Traffic {}
}
