//! The way to a destination: card, source and next hop.

use crate::address::IpAddr;
use crate::ethernet::Mac;
use crate::neighbours::NO_HINT;

/// A way. It is found once, and kept by whoever sends more than one packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Path {
    pub(crate) card: usize,
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) next: NextHop,
    /// The most bytes of an IP packet on the first link.
    pub(crate) mtu: u16,
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
