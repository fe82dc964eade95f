//! Addresses that no other host may have: whoever has one is noticed (RFC 5227 for IPv4, RFC 4862, section 5.4, for IPv6).

use crate::address::IpAddr;
use crate::address::MOST_ADDRESSES;

/// An address that is about to be ours, or is.
#[derive(Clone, Copy, Debug)]
struct Claim {
    address: IpAddr,
    is_contested: bool,
}

/// The claims of a card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims([Option<Claim>; MOST_ADDRESSES]);

impl Claims {
    pub(crate) const NONE: Claims = Claims([None; MOST_ADDRESSES]);

    /// Begins to watch an address; whether there was room.
    pub(crate) fn add(&mut self, address: IpAddr) -> bool {
        self.remove(address);
        match self.0.iter_mut().find(|place| place.is_none()) {
            Some(place) => {
                *place = Some(Claim { address, is_contested: false });
                true
            }
            None => false,
        }
    }

    /// Watches an address no longer.
    pub(crate) fn remove(&mut self, address: IpAddr) {
        for place in &mut self.0 {
            if place.is_some_and(|claim| claim.address == address) {
                *place = None;
            }
        }
    }

    /// The addresses that are watched.
    pub(crate) fn iter(&self) -> impl Iterator<Item = IpAddr> {
        self.0.iter().flatten().map(|claim| claim.address)
    }

    /// Another host has shown that it has the address, or is about to.
    pub(crate) fn contest(&mut self, address: IpAddr) {
        for claim in self.0.iter_mut().flatten() {
            claim.is_contested |= claim.address == address;
        }
    }

    /// Whether another host has it; what was told once is forgotten.
    pub(crate) fn take_contest(&mut self, address: IpAddr) -> bool {
        let claim = self.0.iter_mut().flatten().find(|claim| claim.address == address);
        claim.is_some_and(|claim| core::mem::take(&mut claim.is_contested))
    }

    /// Whether another host has any of them.
    #[inline]
    pub(crate) fn are_contested(&self) -> bool {
        self.0.iter().flatten().any(|claim| claim.is_contested)
    }
}
