//! A card's addresses.

use crate::address::{self, MOST_ADDRESSES, Prefix};
use crate::address::{IpAddr, Ipv6Addr};
use crate::card::CardProperties;
use crate::claims::Claims;

/// One card: what it is, and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    pub(crate) card: CardProperties,
    addresses: [Option<Prefix>; MOST_ADDRESSES],
    /// How many of their places were ever used: those after them need not be looked at.
    used: u8,
    pub(crate) claims: Claims,
    /// Counts the changes of the addresses and of the claims.
    pub(crate) changes: u32,
    /// Whether packets for the client of DHCP are taken at any address: servers send to the one that they are about to lend.
    pub(crate) is_configuring: bool,
}

impl Interface {
    /// A card without addresses.
    pub const fn new(card: CardProperties) -> Self {
        Interface {
            card,
            addresses: [None; MOST_ADDRESSES],
            used: 0,
            claims: Claims::NONE,
            changes: 0,
            is_configuring: false,
        }
    }

    /// Its addresses.
    pub fn addresses(&self) -> impl Iterator<Item = &Prefix> {
        self.addresses.iter().take(usize::from(self.used)).flatten()
    }

    /// Adds an address that one host can have; whether there was room, and it is one.
    pub(crate) fn add(&mut self, address: Prefix) -> bool {
        if !address::is_host(address.address()) {
            return false;
        }
        let is_same = |other: &Prefix| other.address() == address.address();
        let at = self.addresses.iter().position(|place| place.as_ref().is_some_and(is_same));
        let at = at.or_else(|| self.addresses.iter().position(Option::is_none));
        match at.and_then(|at| Some((at, self.addresses.get_mut(at)?))) {
            Some((at, place)) => {
                *place = Some(address);
                self.used = self.used.max(at as u8 + 1);
                self.changes = self.changes.wrapping_add(1);
                true
            }
            None => false,
        }
    }

    /// Begins to watch for another host with an address that is to be ours; whether there was room.
    pub(crate) fn claim(&mut self, address: IpAddr) -> bool {
        self.changes = self.changes.wrapping_add(1);
        self.claims.add(address)
    }

    /// Ends it.
    pub(crate) fn unclaim(&mut self, address: IpAddr) {
        self.changes = self.changes.wrapping_add(1);
        self.claims.remove(address);
    }

    pub(crate) fn remove(&mut self, address: IpAddr) {
        self.changes = self.changes.wrapping_add(1);
        for place in &mut self.addresses {
            if place.is_some_and(|prefix| prefix.address() == address) {
                *place = None;
            }
        }
    }

    /// Whether it is called so.
    #[inline(never)]
    pub(crate) fn has(&self, address: IpAddr) -> bool {
        self.addresses().any(|prefix| prefix.address() == address)
    }

    /// Whether an address is of a network that is inside of this machine, every address of which is its own (RFC 1122, section 3.2.1.3 (g)).
    pub(crate) fn is_loopback_network(&self, address: IpAddr) -> bool {
        self.card.is_loopback && self.addresses().any(|prefix| prefix.contains(address))
    }

    /// Counts the changes of its addresses: who sees another number than before looks at them anew.
    pub fn changes(&self) -> u32 {
        self.changes
    }

    /// Whether no other host of its networks can have an address: it is one of its own, or that of all hosts.
    #[inline(never)]
    pub(crate) fn is_taken(&self, address: IpAddr) -> bool {
        let of_all = |prefix: &Prefix| match address {
            IpAddr::V4(address) => prefix.broadcast() == Some(address),
            IpAddr::V6(_) => false,
        };
        self.addresses().any(|prefix| prefix.address() == address || of_all(prefix))
    }

    /// Whether packets for an address are for all hosts of one of its networks.
    pub(crate) fn is_broadcast(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => {
                address.is_broadcast() || self.addresses().any(|prefix| prefix.broadcast() == Some(address))
            }
            IpAddr::V6(_) => false,
        }
    }

    /// Whether it is of a group: all hosts, or those whose addresses end like one of its own (RFC 4291, section 2.8).
    pub(crate) fn is_member(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => address.octets() == [224, 0, 0, 1],
            IpAddr::V6(address) => {
                address.segments() == [0xFF02, 0, 0, 0, 0, 0, 0, 1] || self.groups().any(|group| group == address)
            }
        }
    }

    /// The groups of IPv6 that it is in because of its addresses, and of those that it is about to have (RFC 4862, section 5.4.2).
    pub(crate) fn groups(&self) -> impl Iterator<Item = Ipv6Addr> {
        self.addresses().map(Prefix::address).chain(self.claims.iter()).filter_map(|address| match address {
            IpAddr::V6(address) => Some(address::solicited_node(address)),
            IpAddr::V4(_) => None,
        })
    }

    /// The address that fits a destination best (RFC 6724, section 5, rules 1, 2 and 8).
    pub(crate) fn source_for(&self, destination: IpAddr) -> Option<IpAddr> {
        let wanted = address::scope(destination);
        let candidates = self.addresses().map(Prefix::address).filter_map(|own| {
            let common = address::common_bits(own, destination)?;
            let scope = address::scope(own);
            // Rule 2: one that reaches as far, else one that reaches farther, else the one that reaches farthest.
            let reach = if scope == wanted { 2 } else { u8::from(scope > wanted) };
            Some((reach, common, own))
        });
        let mut best: Option<(u8, u8, IpAddr)> = None;
        for candidate in candidates {
            // The first of equals is taken: the order is the caller's.
            if best.is_none_or(|best| (candidate.0, candidate.1) > (best.0, best.1)) {
                best = Some(candidate);
            }
        }
        best.map(|(_, _, own)| own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ethernet::Mac;

    fn interface(addresses: &[(&str, u8)]) -> Interface {
        let card = CardProperties {
            mac: Mac([2; 6]),
            mtu: 1500,
            completes_checksums: false,
            cut_bytes: 0,
            is_loopback: false,
        };
        let mut interface = Interface::new(card);
        for (address, bits) in addresses {
            assert!(interface.add(Prefix::new(address.parse().unwrap(), *bits).unwrap()));
        }
        interface
    }

    /// RFC 6724, section 5: rule 2 (scope) before rule 8 (longest matching prefix).
    #[test]
    fn the_source_has_the_scope_and_then_the_prefix_of_the_destination() {
        let interface = interface(&[
            ("fe80::1", 64),
            ("2001:db8:1::1", 64),
            ("2001:db8:2::1", 64),
            ("169.254.1.1", 16),
            ("10.0.0.2", 24),
            ("10.0.1.2", 24),
        ]);
        for (destination, source) in [
            ("fe80::9", "fe80::1"),
            ("2001:db8:2::9", "2001:db8:2::1"),
            ("2001:db8:1::9", "2001:db8:1::1"),
            ("ff02::1", "fe80::1"),
            ("10.0.1.77", "10.0.1.2"),
            ("10.0.0.77", "10.0.0.2"),
            ("8.8.8.8", "10.0.0.2"),
            ("169.254.9.9", "169.254.1.1"),
        ] {
            assert_eq!(
                interface.source_for(destination.parse().unwrap()),
                Some(source.parse().unwrap()),
                "{destination}"
            );
        }
    }

    #[test]
    fn an_address_that_no_host_has_is_refused() {
        let mut interface = interface(&[]);
        for address in ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"] {
            assert!(!interface.add(Prefix::of_host(address.parse().unwrap())), "{address}");
        }
        assert_eq!(interface.source_for("10.0.0.1".parse().unwrap()), None);
    }
}
