//! What who has several stacks asks, to choose one of them: how far it reaches, and what of an address is its own.

use super::{Link, is_of_every_link};
use crate::address::{IpAddr, Prefix};
use crate::error::Error;
use crate::families::Families;

impl<F: Families> Link<'_, F> {
    /// How well it knows the way to an address: the bits of the longest prefix, and more than any prefix has for an address of its own. None
    /// where it knows no way.
    pub fn reach(&self, destination: IpAddr) -> Option<u8> {
        if self.is_own(destination) {
            return Some(u8::MAX);
        }
        if destination.is_multicast() || is_of_every_link(destination) {
            return self.path(destination, None).ok().map(|_| 0);
        }
        let of_addresses = self.interfaces.iter().flat_map(|interface| interface.addresses());
        let networks = of_addresses.chain(self.routes.iter().map(|route| &route.network));
        networks.filter(|network| network.contains(destination)).map(Prefix::bits).max()
    }

    /// Whether one of the cards has the address, those of 127.0.0.0/8 included.
    pub fn is_own(&self, address: IpAddr) -> bool {
        self.is_local(address)
    }

    /// Whether packets for an address are for all hosts of a network of the cards.
    pub fn is_for_all_hosts(&self, address: IpAddr) -> bool {
        self.interfaces.iter().any(|interface| interface.is_broadcast(address))
    }

    /// The address of ours that packets to a destination come from.
    ///
    /// # Errors
    ///
    /// [`Error::NoRoute`].
    pub fn source(&self, destination: IpAddr) -> Result<IpAddr, Error> {
        self.path(destination, None).map(|path| path.source)
    }
}
