//! Addresses that are made of prefixes (RFC 4862, section 5.5), and asked for before they are used (section 5.4).

use super::Slaac;
use crate::address::Prefix;
use crate::address::{IpAddr, Ipv6Addr};
use crate::card::Card;
use crate::ethernet::Mac;
use crate::families::Families;
use crate::time::Instant;
use crate::transport::Context;
use core::time::Duration;

/// What a prefix that is told by who pleases cannot shorten an address's life to less than (RFC 4862, section 5.5.3 (e)).
const LEAST_VALID: Duration = Duration::from_secs(2 * 3600);
/// The prefix of every link.
const LINK: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 0);
/// Of prefixes that addresses are made of: the rest is the identifier (RFC 4291, section 2.5.1).
const PREFIX_BITS: u8 = 64;

/// The address with the identifier of a card (RFC 4291, appendix A).
fn address_of(network: Ipv6Addr, Mac([a, b, c, d, e, f]): Mac) -> Ipv6Addr {
    let mut octets = network.octets();
    octets[8..].copy_from_slice(&[a ^ 2, b, c, 0xFF, 0xFE, d, e, f]);
    Ipv6Addr::from(octets)
}

impl Slaac {
    /// Makes the address of the link, which needs no router.
    pub(super) fn begin<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if F::IPV6 {
            let address = address_of(LINK, context.link.mac(self.card));
            self.ask_for(context, address, Instant::NEVER);
            if let Some((address, bits)) = self.config.address {
                self.on_network(context, address, bits, Duration::MAX);
                self.ask_for(context, address, Instant::NEVER);
            }
        }
    }

    /// A prefix that addresses are made of.
    pub(super) fn on_prefix<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        network: Ipv6Addr,
        bits: u8,
        (valid, preferred): (Duration, Duration),
    ) {
        if bits != PREFIX_BITS || preferred > valid {
            return;
        }
        let address = address_of(network, context.link.mac(self.card));
        let until = context.now + valid;
        if self.duplicates.until(address).is_some() {
            self.duplicates.put(address, until);
            return;
        }
        match self.addresses.until(address) {
            Some(known) => {
                let left = known.since(context.now);
                if valid > LEAST_VALID || valid > left {
                    self.addresses.put(address, until);
                } else if left > LEAST_VALID {
                    self.addresses.put(address, context.now + LEAST_VALID);
                }
            }
            None if valid.is_zero() || preferred.is_zero() => {}
            None => self.ask_for(context, address, until),
        }
    }

    /// Asks whether another host has an address, and uses it where none has.
    fn ask_for<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        address: Ipv6Addr,
        until: Instant,
    ) {
        let Some(interface) = context.link.interface_mut(self.card) else { return };
        if interface.has(IpAddr::V6(address)) || !self.addresses.put(address, until) {
            return;
        }
        if self.config.probe_time.is_zero() {
            return self.assign(context, address);
        }
        if self.config.is_optimistic {
            self.assign(context, address);
        }
        if let Some(interface) = context.link.interface_mut(self.card) {
            interface.claim(IpAddr::V6(address));
        }
        self.tentative.put(address, context.now + self.config.probe_time);
        context.link.probe_ipv6(context.cards, self.card, address);
    }

    fn assign<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, address: Ipv6Addr) {
        let address = IpAddr::V6(address);
        if let Some(interface) = context.link.interface_mut(self.card) {
            interface.unclaim(address);
        }
        // RFC 5942, section 4: who else is on the link is told apart from the address, which stands alone.
        if context.link.add_address(self.card, Prefix::of_host(address)).is_ok() {
            self.wake();
        }
    }

    /// Another host has an address that is asked for.
    pub(super) fn on_contest<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let Some(interface) = context.link.interface_mut(self.card) else { return };
        while let Some(address) = self.tentative.take(|address, _| interface.claims.take_contest(IpAddr::V6(address))) {
            interface.unclaim(IpAddr::V6(address));
            // It may be in use already.
            interface.remove(IpAddr::V6(address));
            let until = self.addresses.until(address).unwrap_or(Instant::NEVER);
            self.addresses.remove(address);
            self.duplicates.put(address, until);
        }
    }

    pub(super) fn expire_addresses<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        while let Some(address) = self.tentative.take_expired(context.now) {
            self.assign(context, address);
        }
        while let Some(address) = self.addresses.take_expired(context.now) {
            self.tentative.remove(address);
            if let Some(interface) = context.link.interface_mut(self.card) {
                interface.unclaim(IpAddr::V6(address));
            }
            context.link.remove_address(self.card, IpAddr::V6(address));
            self.wake();
        }
        while self.duplicates.take_expired(context.now).is_some() {}
    }
}
