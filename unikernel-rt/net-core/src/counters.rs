//! What was dropped, and why: for whoever asks where his packets have gone.

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
