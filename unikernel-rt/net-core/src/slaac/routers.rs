//! Routers, networks of the link, the MTU and name servers (RFC 4861, section 6.3; RFC 8106), and asking for them.

use super::Slaac;
use super::advertisement::{Advertisement, Told};
use crate::address::Prefix;
use crate::address::{IpAddr, Ipv6Addr};
use crate::bytes::array_at;
use crate::card::Card;
use crate::families::Families;
use crate::routes::Route;
use crate::time::Instant;
use crate::transport::Context;
use core::time::Duration;

/// RFC 7559, section 2: routers are asked for as long as there is none, less and less often.
const FIRST_PAUSE: Duration = Duration::from_secs(4);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// IPv6 needs no less (RFC 8200, section 5).
const LEAST_MTU: u16 = 1280;

impl Slaac {
    /// Asks all routers to tell what they are.
    pub(super) fn solicit<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        context.link.solicit_routers(context.cards, self.card);
        let pause = (FIRST_PAUSE * (1 << self.solicitations.min(10))).min(LONGEST_PAUSE);
        self.solicitations = self.solicitations.saturating_add(1);
        self.solicit_at = context.now + self.jittered(context, pause);
    }

    pub(super) fn on_advertisement<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        advertisement: &Advertisement<'_>,
    ) {
        let now = context.now;
        let router = advertisement.router;
        let is_known = self.routers.until(router).is_some();
        if advertisement.lifetime.is_zero() {
            self.routers.remove(router);
            self.remove_router(context, router, is_known);
        } else if self.routers.put(router, now + advertisement.lifetime) {
            let metric = self.config.metric.saturating_add(advertisement.rank);
            let gateway = Some(IpAddr::V6(router));
            let _ = context.link.add_route(self.route(Prefix::ALL_IPV6, gateway, metric));
            self.solicit_at = Instant::NEVER;
            if !is_known {
                self.wake();
            }
        }
        for told in advertisement.options() {
            match told {
                Told::Prefix { network, .. } if network.is_unicast_link_local() || network.is_multicast() => {}
                Told::Prefix { network, bits, is_on_link, forms_addresses, valid, preferred } => {
                    if is_on_link {
                        self.on_network(context, network, bits, valid);
                    }
                    if forms_addresses {
                        self.on_prefix(context, network, bits, (valid, preferred));
                    }
                }
                Told::Mtu(mtu) => self.on_mtu(context, mtu),
                Told::NameServers { lifetime, addresses } => self.on_name_servers(now, lifetime, addresses),
            }
        }
    }

    /// A network that is on the link, or no longer (RFC 4861, section 6.3.4).
    pub(super) fn on_network<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        network: Ipv6Addr,
        bits: u8,
        valid: Duration,
    ) {
        let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
        let network = Ipv6Addr::from(u128::from(network) & mask);
        let Some(prefix) = Prefix::new(IpAddr::V6(network), bits) else { return };
        if valid.is_zero() {
            self.networks.remove((network, bits));
            self.remove_network(context, prefix);
        } else if self.networks.put((network, bits), context.now + valid) {
            let _ = context.link.add_route(self.route(prefix, None, self.config.metric));
        }
    }

    fn on_mtu<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, told: u32) {
        let Some(interface) = context.link.interface_mut(self.card) else { return };
        let own = *self.card_mtu.get_or_insert(interface.card.mtu);
        if let Ok(told) = u16::try_from(told)
            && (LEAST_MTU..=own).contains(&told)
        {
            interface.card.mtu = told;
        }
    }

    fn on_name_servers(&mut self, now: Instant, lifetime: Duration, addresses: &[u8]) {
        let mut is_changed = false;
        for at in 0..addresses.len() / 16 {
            let Some(server) = array_at::<16>(addresses, at * 16).map(Ipv6Addr::from) else { continue };
            let is_known = self.name_servers.until(server).is_some();
            if lifetime.is_zero() {
                self.name_servers.remove(server);
                is_changed |= is_known;
            } else if crate::address::is_host(IpAddr::V6(server)) {
                is_changed |= self.name_servers.put(server, now + lifetime) && !is_known;
            }
        }
        if is_changed {
            self.wake();
        }
    }

    pub(super) fn expire_routers<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        while let Some(router) = self.routers.take_expired(context.now) {
            self.remove_router(context, router, true);
        }
        while let Some((network, bits)) = self.networks.take_expired(context.now) {
            if let Some(prefix) = Prefix::new(IpAddr::V6(network), bits) {
                self.remove_network(context, prefix);
            }
        }
        while self.name_servers.take_expired(context.now).is_some() {
            self.wake();
        }
    }

    fn remove_router<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        router: Ipv6Addr,
        was_known: bool,
    ) {
        let own = self.route(Prefix::ALL_IPV6, Some(IpAddr::V6(router)), 0);
        if was_known {
            context.link.remove_routes(|route| Route { metric: 0, ..*route } == own);
            self.wake();
        }
        if self.routers.is_empty() && self.solicit_at == Instant::NEVER {
            (self.solicitations, self.solicit_at) = (0, context.now);
        }
    }

    fn remove_network<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, prefix: Prefix) {
        let own = self.route(prefix, None, self.config.metric);
        context.link.remove_routes(|route| *route == own);
    }

    fn route(&self, network: Prefix, gateway: Option<IpAddr>, metric: u32) -> Route {
        Route { network, card: self.card, gateway, source: None, metric }
    }
}
