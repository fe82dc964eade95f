//! The way to a destination: card, source and next hop.

use crate::address::IpAddr;
use crate::ethernet::Mac;
use crate::neighbours::NO_HINT;

/// A way. It is found once, and kept by whoever sends more than one packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Path {
    card: u8,
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) next: NextHop,
    /// The most bytes of an IP packet on the first link.
    pub(crate) mtu: u16,
}

impl Path {
    pub(crate) fn new(card: usize, source: IpAddr, destination: IpAddr, next: NextHop, mtu: u16) -> Path {
        // There are no more cards than neighbours can tell apart.
        Path { card: card as u8, source, destination, next, mtu }
    }

    pub(crate) fn card(&self) -> usize {
        usize::from(self.card)
    }
}

/// Who gets the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NextHop {
    /// This address: of the frame that is answered, or of a group.
    Card(Mac),
    /// This neighbour, which was last found at the entry `hint`.
    Neighbour { address: IpAddr, hint: u16 },
}

impl NextHop {
    pub(crate) fn neighbour(address: IpAddr) -> NextHop {
        NextHop::Neighbour { address, hint: NO_HINT }
    }
}
