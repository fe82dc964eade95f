//! The routing table: longest prefix first, then the least metric (RFC 1812, section 5.2.4.3).

use crate::address::IpAddr;
use crate::address::Prefix;

/// A way to a network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// The network.
    pub network: Prefix,
    /// The card that leads there.
    pub card: usize,
    /// The router, which is on the link of that card whether or not an address of ours has a prefix with it; `None` where the
    /// network is on the link itself.
    pub gateway: Option<IpAddr>,
    /// Our address that it is used with, if not the one that fits best.
    pub source: Option<IpAddr>,
    /// Of two that lead to one network, the one with less is taken.
    pub metric: u32,
}

/// All routes but those that addresses bring with them.
pub(crate) struct Routes<'m> {
    places: &'m mut [Option<Route>],
}

impl<'m> Routes<'m> {
    pub(crate) fn new(places: &'m mut [Option<Route>]) -> Self {
        Routes { places }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.places.iter().flatten()
    }

    /// Adds a route, in place of one to the same network by the same way; whether there was room.
    pub(crate) fn add(&mut self, route: Route) -> bool {
        let is_same =
            |other: &Route| (other.network, other.card, other.gateway) == (route.network, route.card, route.gateway);
        let at = self.places.iter().position(|place| place.as_ref().is_some_and(is_same));
        let at = at.or_else(|| self.places.iter().position(Option::is_none));
        match at.and_then(|at| self.places.get_mut(at)) {
            Some(place) => {
                *place = Some(route);
                true
            }
            None => false,
        }
    }

    /// Removes what the condition says.
    pub(crate) fn remove(&mut self, condition: impl Fn(&Route) -> bool) {
        for place in self.places.iter_mut() {
            if place.as_ref().is_some_and(&condition) {
                *place = None;
            }
        }
    }
}
