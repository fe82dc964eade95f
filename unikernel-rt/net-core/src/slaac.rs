//! Addresses and routers of IPv6 as routers tell them (RFC 4861, section 6.3; RFC 4862; RFC 8106).
//!
//! An address ends with the identifier that is made of the card's own (RFC 4291, appendix A): the same at each start. It is
//! used when no other host has answered for it.

use crate::address::{IpAddr, Ipv6Addr};
use crate::card::Card;
use crate::families::Families;
use crate::hash::{Key, Purpose};
use crate::list::List;
use crate::packet::Packet;
use crate::pool::Pool;
use crate::report::Report;
use crate::time::Instant;
use crate::transport::{Context, Transport, sealed};
use crate::wakers;
use core::task::Waker;
use core::time::Duration;

mod addresses;
pub(crate) mod advertisement;
mod expiring;
mod routers;

use advertisement::Advertisement;
use expiring::Expiring;

/// The most routers, prefixes and name servers that are taken note of, each: others may be invented by anybody on the link.
const MOST: usize = 4;
/// Addresses: one for each prefix, and that of the link.
const MOST_ADDRESSES: usize = MOST + 1;

/// How a client is.
#[derive(Clone, Copy, Debug)]
pub struct SlaacConfig {
    /// Of the routes that it adds: several cards may lead to one network.
    pub metric: u32,
    /// How long another host may take to answer that it has the address. With zero it is not asked (RFC 4862, section 5.1: 1 s).
    pub probe_time: Duration,
    /// Whether an address is used while the answer is waited for, and given up if one comes (RFC 4429).
    pub is_optimistic: bool,
    /// Whether routers are asked and listened to.
    pub is_advertised: bool,
    /// An address of the caller's choice, which is asked for as those that are made of prefixes are.
    pub address: Option<(Ipv6Addr, u8)>,
}

impl Default for SlaacConfig {
    fn default() -> Self {
        SlaacConfig {
            metric: 0,
            probe_time: Duration::from_secs(1),
            is_optimistic: false,
            is_advertised: true,
            address: None,
        }
    }
}

/// The client of one card. It is a protocol of the stack.
pub struct Slaac {
    card: usize,
    config: SlaacConfig,
    has_begun: bool,
    /// Addresses that are asked for, until when.
    tentative: Expiring<Ipv6Addr, MOST_ADDRESSES>,
    /// Addresses that are used or asked for, until when they are valid.
    addresses: Expiring<Ipv6Addr, MOST_ADDRESSES>,
    /// Addresses that another host has: they are not asked for again as long as their prefix is told.
    duplicates: Expiring<Ipv6Addr, MOST_ADDRESSES>,
    networks: Expiring<(Ipv6Addr, u8), MOST>,
    routers: Expiring<Ipv6Addr, MOST>,
    name_servers: Expiring<Ipv6Addr, MOST>,
    solicitations: u8,
    solicit_at: Instant,
    /// The card's own MTU, while that of a router is in force.
    card_mtu: Option<u16>,
    draws: u64,
    waker: Option<Waker>,
}

impl Slaac {
    /// A client that begins at the first [`Stack::transmit`](crate::Stack::transmit).
    pub const fn new(card: usize, config: SlaacConfig) -> Self {
        Slaac {
            card,
            config,
            has_begun: false,
            tentative: Expiring::NONE,
            addresses: Expiring::NONE,
            duplicates: Expiring::NONE,
            networks: Expiring::NONE,
            routers: Expiring::NONE,
            name_servers: Expiring::NONE,
            solicitations: 0,
            solicit_at: if config.is_advertised { Instant::START } else { Instant::NEVER },
            card_mtu: None,
            draws: 0,
            waker: None,
        }
    }

    /// Whether a router is known.
    pub fn has_router(&self) -> bool {
        !self.routers.is_empty()
    }

    /// The name servers that routers tell.
    pub fn name_servers(&self) -> List<IpAddr, MOST> {
        let mut list = List::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        list.extend(self.name_servers.iter().map(IpAddr::V6));
        list
    }

    /// The addresses that it has not given the card, because another host has them.
    pub fn duplicates(&self) -> impl Iterator<Item = Ipv6Addr> {
        self.duplicates.iter()
    }

    /// Has a task woken once, when an address, a router or a name server comes or goes.
    pub fn register(&mut self, waker: &Waker) {
        wakers::keep(&mut self.waker, waker);
    }

    fn wake(&mut self) {
        wakers::wake(&mut self.waker);
    }

    /// A time that is up to a tenth more or less (RFC 7559, section 2): not all machines of a link ask at once.
    fn jittered<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>, time: Duration) -> Duration {
        let card = IpAddr::V6(Ipv6Addr::from(self.card as u128));
        let drawn = context.draw(&mut self.draws, Purpose::Slaac, &[card]);
        let tenth = time.as_micros() as u64 / 10;
        time - Duration::from_micros(tenth) + Duration::from_micros(drawn % (2 * tenth).max(1))
    }
}

impl sealed::Sealed for Slaac {}

impl<F: Families> Transport<F> for Slaac {
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        if card != self.card || !self.config.is_advertised || !Advertisement::is_in(frame, packet) {
            return false;
        }
        match Advertisement::parse(frame, packet) {
            Some(advertisement) => self.on_advertisement(context, &advertisement),
            None => context.link.counters.malformed += 1,
        }
        true
    }

    fn report(&mut self, _: &mut Pool<'_>, _: &Report, _: &Key) {}

    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if !self.has_begun {
            self.has_begun = true;
            self.begin(context);
        }
        if context.link.interfaces().get(self.card).is_some_and(|interface| interface.claims.are_contested()) {
            self.on_contest(context);
        }
        if <Self as Transport<F>>::deadline(self) <= context.now {
            self.expire_addresses(context);
            self.expire_routers(context);
            if self.solicit_at <= context.now {
                self.solicit(context);
            }
        }
    }

    fn deadline(&self) -> Instant {
        let addresses = self.tentative.deadline().min(self.addresses.deadline()).min(self.duplicates.deadline());
        let routers = self.networks.deadline().min(self.routers.deadline()).min(self.name_servers.deadline());
        let begins = if self.has_begun { Instant::NEVER } else { Instant::START };
        if F::IPV6 { addresses.min(routers).min(self.solicit_at).min(begins) } else { Instant::NEVER }
    }
}
