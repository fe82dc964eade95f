//! What of the network layer is IPv6's, where it is not spoken: nothing.

use super::Link;
use crate::address::{IpAddr, Ipv6Addr};
use crate::card::Card;
use crate::ethernet::Mac;
use crate::packet::Packet;
use crate::time::Instant;

impl<F: crate::families::Families> Link<'_, F> {
    pub(super) fn solicit_ipv6<C: Card>(
        &mut self,
        _: &mut [C],
        _: usize,
        target: Ipv6Addr,
        _: Option<Mac>,
        _: (Mac, IpAddr),
    ) {
        match target {}
    }

    pub(super) fn receive_ndp<C: Card>(&mut self, _: &mut [C], _: usize, _: &[u8], _: &Packet, _: Instant) -> bool {
        false
    }
}
