//! A lease comes into force, and ends: the addresses and the routes of its card.

use super::client::State;
use super::{Dhcp, Lease};
use crate::address::IpAddr;
use crate::card::Card;
use crate::families::Families;
use crate::routes::Route;
use crate::time::Instant;
use crate::transport::Context;
use crate::wakers;
use core::time::Duration;

/// RFC 5227, section 1.1.
const ANNOUNCEMENTS: u8 = 2;
const ANNOUNCEMENT_INTERVAL: Duration = Duration::from_secs(2);
/// IPv6 needs no less (RFC 8200, section 5).
const LEAST_MTU_OF_IPV6: u16 = 1280;

impl Dhcp<'_> {
    /// Has the card called so. Of a lease in force, what has changed is changed, and connections go on.
    pub(super) fn install<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, lease: Lease) {
        let is_new = self.lease.is_none();
        let is_changed = self.lease != Some(lease);
        if is_changed {
            self.remove_routes(context);
            if context.link.add_address(self.card, lease.address).is_err() {
                // The card has as many addresses as it can have: one of them may be removed until then.
                return self.enter(State::Waiting, context.now + Duration::from_secs(64));
            }
            self.set_mtu(context, lease.mtu);
            for route in self.routes(&lease) {
                // Where the table is full the routes that are left out are the last ones, which are the least.
                let _ = context.link.add_route(route);
            }
        }
        if !is_new {
            self.asked_at = self.renewal_asked_at;
        }
        (self.lease, self.probed) = (Some(lease), None);
        (self.failures, self.contested_at) = (0, if is_new { None } else { self.contested_at });
        if is_new {
            (self.announcements, self.announce_at) = (0, context.now);
        }
        if let Some(interface) = context.link.interface_mut(self.card) {
            interface.is_configuring = false;
        }
        self.enter(State::Bound, self.asked_at + lease.renewal);
        if is_changed {
            self.wake();
        }
    }

    /// Takes from the card what the lease has brought.
    pub(super) fn uninstall<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        self.announce_at = Instant::NEVER;
        if let Some(interface) = context.link.interface_mut(self.card) {
            interface.is_configuring = false;
            for lease in [&self.probed, &self.lease].into_iter().flatten() {
                interface.unclaim(lease.address.address());
            }
        }
        self.probed = None;
        let Some(lease) = self.lease else { return };
        self.remove_routes(context);
        self.set_mtu(context, None);
        context.link.remove_address(self.card, lease.address.address());
        self.lease = None;
        self.wake();
    }

    /// Tells the neighbours whose the address is now.
    pub(super) fn announce<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if let Some(address) = self.own_address() {
            context.link.announce_ipv4(context.cards, self.card, address);
        }
        self.announcements += 1;
        let is_last = self.announcements >= ANNOUNCEMENTS;
        self.announce_at = if is_last { Instant::NEVER } else { context.now + ANNOUNCEMENT_INTERVAL };
    }

    fn routes(&self, lease: &Lease) -> impl Iterator<Item = Route> + use<> {
        let (card, metric, source) = (self.card, self.config.metric, Some(lease.address.address()));
        let routes = lease.routes;
        (0..routes.as_slice().len()).map(move |at| {
            let (network, gateway) = routes.as_slice()[at];
            // Those to one network stand in the order of preference.
            let metric = metric.saturating_add(at as u32);
            Route { network, card, gateway: gateway.map(IpAddr::V4), source, metric }
        })
    }

    fn remove_routes<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if let Some(lease) = &self.lease {
            for route in self.routes(lease) {
                context.link.remove_routes(|other| *other == route);
            }
        }
    }

    /// Sets the MTU that a lease tells, no more than the card's own; without one, the card's own.
    fn set_mtu<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, told: Option<u16>) {
        let Some(interface) = context.link.interface_mut(self.card) else { return };
        let own = *self.card_mtu.get_or_insert(interface.card.mtu);
        let least = if F::IPV6 { LEAST_MTU_OF_IPV6 } else { 0 };
        interface.card.mtu = told.map_or(own, |told| told.max(least).min(own));
    }

    fn wake(&mut self) {
        wakers::wake(&mut self.waker);
    }
}
