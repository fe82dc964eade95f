//! The network layer: cards, addresses, neighbours and routes, and the way out for the protocols above.

use crate::address::IpAddr;
use crate::address::{self, Prefix};
use crate::card::{Card, Offload, Payload};
use crate::checksum::Checksum;
use crate::counters::{Counters, Tally};
use crate::error::Error;
use crate::ethernet::{self, Mac};
use crate::families::Families;
use crate::fragments::Fragments;
use crate::hash::Key;
use crate::header::Header;
use crate::icmp;
use crate::interface::Interface;
use crate::limiter::Limiter;
use crate::neighbours::queue::Queue;
use crate::neighbours::{FRAME_BYTES, Lookup, Neighbour, Neighbours, QueuedFrame};
use crate::packet::{ICMPV4, ICMPV6, TCP, UDP};
use crate::path::{NextHop, Path};
use crate::routes::{Route, Routes};
use crate::time::Instant;
use core::num::NonZeroU16;

mod configuration;
mod discovery;
mod fragments;
pub(crate) mod input;
#[cfg(not(feature = "ipv6"))]
mod ipv4_only;
#[cfg(feature = "ipv6")]
mod ipv6;
mod questions;

/// The memory of the network layer.
#[derive(Debug)]
pub struct LinkMemory<'m> {
    /// One for each card, in the order of the cards.
    pub interfaces: &'m mut [Interface],
    /// Eight are the least that is useful; 256 are a subnet.
    pub neighbours: &'m mut [Neighbour],
    /// Frames that wait for neighbours.
    pub queued: &'m mut [QueuedFrame],
    /// Their bytes.
    pub queued_bytes: &'m mut [[u8; FRAME_BYTES]],
    /// Routes besides those that addresses bring with them.
    pub routes: &'m mut [Option<Route>],
}

/// Everything below the transport protocols.
pub struct Link<'m, F: Families> {
    interfaces: &'m mut [Interface],
    neighbours: Neighbours<'m>,
    routes: Routes<'m>,
    /// Of ICMP errors.
    errors: Limiter,
    pub(crate) counters: Counters,
    pub(crate) tally: F::Tally,
    pub(crate) key: Key,
    pub(crate) fragments: Fragments<'m>,
}

/// A packet to send, but for its addresses.
pub(crate) struct Outgoing<'a> {
    pub(crate) protocol: u8,
    pub(crate) hop_limit: u8,
    /// Where in the protocol's header its checksum is to be; none where it is there already.
    pub(crate) checksum_at: Option<usize>,
    pub(crate) payload: &'a [Payload<'a>],
    /// The bytes of data of the segments that the card is to cut it into.
    pub(crate) segment_bytes: Option<NonZeroU16>,
}

/// RFC 1700: the default.
pub(crate) const HOP_LIMIT: u8 = 64;

impl<'m, F: Families> Link<'m, F> {
    pub(crate) fn new(memory: LinkMemory<'m>, key: Key) -> Self {
        Link {
            interfaces: memory.interfaces,
            neighbours: Neighbours::new(memory.neighbours, Queue::new(memory.queued, memory.queued_bytes), key),
            routes: Routes::new(memory.routes),
            // 50 at once, then 100 a second: enough for a person who looks for an open port, too few to be an amplifier.
            errors: Limiter::new(50, 10_000),
            counters: Counters::default(),
            tally: F::Tally::default(),
            key,
            fragments: Fragments::default(),
        }
    }

    /// The cards.
    pub fn interfaces(&self) -> &[Interface] {
        self.interfaces
    }

    /// What was dropped.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What has passed, where the families are [`Counted`](crate::Counted).
    pub fn traffic(&self) -> &F::Tally {
        &self.tally
    }

    /// How many neighbours are known, or asked for.
    pub fn neighbours(&self) -> usize {
        self.neighbours.count()
    }

    /// A frame of so many bytes is given to a card.
    #[inline]
    pub(crate) fn count_sent(&mut self, bytes: impl FnOnce() -> usize) {
        self.counters.sent += 1;
        self.tally.count(|traffic| traffic.sent_bytes += bytes() as u64);
    }

    /// Gives a card an address, or the prefix of one that it has.
    ///
    /// # Errors
    ///
    /// [`Error::AddressNotAvailable`] where there is no such card, or no host can have the address; [`Error::NoMemory`] where the
    /// card has [`MOST_ADDRESSES`](crate::MOST_ADDRESSES).
    pub fn add_address(&mut self, card: usize, address: Prefix) -> Result<(), Error> {
        let is_spoken = F::IPV6 || address.address().is_ipv4();
        if !is_spoken || !address::is_host(address.address()) {
            return Err(Error::AddressNotAvailable);
        }
        let interface = self.interfaces.get_mut(card).ok_or(Error::AddressNotAvailable)?;
        if interface.add(address) { Ok(()) } else { Err(Error::NoMemory) }
    }

    /// Takes an address from a card.
    pub fn remove_address(&mut self, card: usize, address: IpAddr) {
        if let Some(interface) = self.interfaces.get_mut(card) {
            interface.remove(address);
        }
    }

    /// Adds a route. The gateway may be any neighbour of the card: addresses with a prefix of 32 bits need no more than this.
    ///
    /// # Errors
    ///
    /// [`Error::NoRoute`] where there is no such card, or its gateway is of another family; [`Error::NoMemory`].
    pub fn add_route(&mut self, route: Route) -> Result<(), Error> {
        let family = route.network.address().is_ipv4();
        let is_of_family = |address: Option<IpAddr>| address.is_none_or(|address| address.is_ipv4() == family);
        let can_be = is_of_family(route.gateway) && is_of_family(route.source) && (F::IPV6 || family);
        if !can_be || route.card >= self.interfaces.len() {
            return Err(Error::NoRoute);
        }
        if self.routes.add(route) { Ok(()) } else { Err(Error::NoMemory) }
    }

    /// Removes the routes that the condition names.
    pub fn remove_routes(&mut self, condition: impl Fn(&Route) -> bool) {
        self.routes.remove(condition);
    }

    /// Whether one of the cards has the address.
    pub(crate) fn is_local(&self, address: IpAddr) -> bool {
        self.interfaces.iter().any(|interface| interface.has(address) || interface.is_loopback_network(address))
    }

    /// Tells the hosts of a card's network which addresses are ours (RFC 5227, section 3): who knew another owner forgets it.
    pub(crate) fn announce<C: Card>(&mut self, cards: &mut [C], card: usize) {
        let mut addresses = [None; address::MOST_ADDRESSES];
        if let Some(interface) = self.interfaces.get(card) {
            addresses.iter_mut().zip(interface.addresses()).for_each(|(place, own)| *place = Some(own.address()));
        }
        for address in addresses.into_iter().flatten() {
            match address {
                IpAddr::V4(address) => self.announce_ipv4(cards, card, address),
                IpAddr::V6(_) => {}
            }
        }
    }

    /// The most bytes of a packet that the card of a way cuts into segments itself; 0 where it cuts none.
    pub(crate) fn cut_bytes(&self, path: &Path) -> usize {
        match path.destination {
            IpAddr::V4(_) => self.interfaces.get(path.card()).map_or(0, |own| usize::from(own.card.cut_bytes)),
            IpAddr::V6(_) => 0,
        }
    }

    /// The way to a destination, from a given address of ours or from the one that fits.
    pub(crate) fn path(&self, destination: IpAddr, source: Option<IpAddr>) -> Result<Path, Error> {
        if self.is_local(destination) {
            return self.path_to_self(destination, source);
        }
        let owns =
            |card: usize| source.is_none_or(|source| self.interfaces.get(card).is_some_and(|own| own.has(source)));
        let (card, gateway, preferred) = if destination.is_multicast() || is_of_every_link(destination) {
            let is_fit = |card: &usize| owns(*card) && self.interfaces[*card].source_for(destination).is_some();
            let card = (0..self.interfaces.len()).filter(|card| !self.interfaces[*card].card.is_loopback).find(is_fit);
            (card.ok_or(Error::NoRoute)?, None, None)
        } else {
            self.best_route(destination, owns).ok_or(Error::NoRoute)?
        };
        let interface = self.interfaces.get(card).ok_or(Error::NoRoute)?;
        let source = source.or(preferred).or_else(|| interface.source_for(destination)).ok_or(Error::NoRoute)?;
        let next = if interface.card.is_loopback {
            NextHop::Card(interface.card.mac)
        } else if destination.is_multicast() {
            NextHop::Card(Mac::of_group(destination))
        } else if interface.is_broadcast(destination) {
            NextHop::Card(Mac::BROADCAST)
        } else {
            NextHop::neighbour(gateway.unwrap_or(destination))
        };
        Ok(Path::new(card, source, destination, next, interface.card.mtu))
    }

    /// The longest prefix, of the networks of addresses and of routes; of equal ones the least metric, addresses first.
    fn best_route(
        &self,
        destination: IpAddr,
        is_allowed: impl Fn(usize) -> bool,
    ) -> Option<(usize, Option<IpAddr>, Option<IpAddr>)> {
        let (mut best, mut most_bits, mut least_metric) = (None, 0, 0);
        let mut offer = |network: &Prefix, metric: u32, way: (usize, Option<IpAddr>, Option<IpAddr>)| {
            let bits = network.bits();
            let is_better = best.is_none() || bits > most_bits || (bits == most_bits && metric < least_metric);
            if is_better && network.contains(destination) && is_allowed(way.0) {
                (best, most_bits, least_metric) = (Some(way), bits, metric);
            }
        };
        for (card, interface) in self.interfaces.iter().enumerate() {
            interface.addresses().for_each(|own| offer(own, 0, (card, None, Some(own.address()))));
        }
        self.routes
            .iter()
            .for_each(|route| offer(&route.network, route.metric, (route.card, route.gateway, route.source)));
        best
    }

    /// The way to an address of our own: by the card that frames come back from.
    fn path_to_self(&self, destination: IpAddr, source: Option<IpAddr>) -> Result<Path, Error> {
        let card = self.interfaces.iter().position(|own| own.card.is_loopback).ok_or(Error::NoRoute)?;
        let interface = &self.interfaces[card].card;
        let (next, mtu) = (NextHop::Card(interface.mac), interface.mtu);
        Ok(Path::new(card, source.unwrap_or(destination), destination, next, mtu))
    }

    /// Sends a packet whose protocol's header is in `header`. It waits where its neighbour is not known yet.
    #[inline]
    pub(crate) fn send<C: Card>(
        &mut self,
        cards: &mut [C],
        path: &mut Path,
        header: &mut Header,
        outgoing: &Outgoing<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        let payload_bytes: usize = outgoing.payload.iter().map(|part| part.bytes().len()).sum();
        let bytes = header.len() + payload_bytes;
        let completes = self.interfaces.get(path.card()).ok_or(Error::NoRoute)?.card.completes_checksums;
        if F::FRAGMENTS && outgoing.protocol != TCP {
            let ip_bytes = if path.destination.is_ipv4() { 20 } else { 40 };
            if ip_bytes + bytes > usize::from(path.mtu) {
                return self.send_fragments(cards, path, header, outgoing, bytes, now);
            }
        }
        let is_left = write_checksum(path, header, outgoing, bytes, completes);
        let kind = prepend_ip::<F>(path, header, outgoing, bytes)?;
        if header.len() + payload_bytes > usize::from(path.mtu) && outgoing.segment_bytes.is_none() {
            return Err(Error::MessageTooLarge);
        }
        let offload = is_left.then_some(Offload {
            start: header.len() + ethernet::HEADER_BYTES - (bytes - payload_bytes),
            offset: outgoing.checksum_at.unwrap_or_default(),
            segment_bytes: outgoing.segment_bytes,
        });
        self.put(cards, path, header, outgoing.payload, offload, kind, now)
    }

    /// Gives a packet to its card, or leaves it until its neighbour is known.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "a frame in its parts, and where it goes")]
    fn put<C: Card>(
        &mut self,
        cards: &mut [C],
        path: &mut Path,
        header: &mut Header,
        payload: &[Payload<'_>],
        offload: Option<Offload>,
        kind: u16,
        now: Instant,
    ) -> Result<(), Error> {
        let mac = self.interfaces.get(path.card()).ok_or(Error::NoRoute)?.card.mac;
        let card = path.card();
        let (destination, waits) = match &mut path.next {
            NextHop::Card(mac) => (*mac, None),
            NextHop::Neighbour { address, hint } => match self.neighbours.look_up(card, *address, *hint, now) {
                Lookup::Known { mac, hint: found } => {
                    *hint = found;
                    (mac, None)
                }
                Lookup::Pending { entry, is_new } => (Mac::UNSPECIFIED, Some((entry, is_new.then_some(*address)))),
                Lookup::NoRoom => {
                    self.counters.unresolved += 1;
                    return Ok(());
                }
            },
        };
        header.prepend(&ethernet::header(destination, mac, kind));
        let Some((entry, new)) = waits else {
            self.count_sent(|| header.len() + payload.iter().map(|part| part.bytes().len()).sum::<usize>());
            if let Some(card) = cards.get_mut(path.card()) {
                card.transmit(header.as_bytes(), payload, offload);
            }
            return Ok(());
        };
        let lost = self.neighbours.queue.put(entry, header.as_bytes(), payload, offload);
        self.counters.unresolved += lost as u64;
        if let Some(address) = new {
            self.solicit(cards, path.card(), address, None, Some(path.source));
        }
        Ok(())
    }

    /// A neighbour is heard of by what only it can say that hears us: see [`Neighbours::confirm`].
    #[inline]
    pub(crate) fn confirm(&mut self, path: &Path, now: Instant) {
        if let NextHop::Neighbour { address, hint } = path.next {
            self.neighbours.confirm(path.card(), address, hint, now);
        }
    }

    /// When [`Link::expire`] is to be called.
    pub(crate) fn deadline(&self) -> Instant {
        self.neighbours.deadline()
    }
}

/// Whether an address is on every link, whatever its networks: all hosts of IPv4, and those of fe80::/10 (RFC 4291, section 2.5.6).
fn is_of_every_link(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_broadcast(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// Writes the protocol's checksum; whether it is left to the card.
fn write_checksum(
    path: &Path,
    header: &mut Header,
    outgoing: &Outgoing<'_>,
    bytes: usize,
    card_completes: bool,
) -> bool {
    let Some(at) = outgoing.checksum_at else { return false };
    let mut checksum = match outgoing.protocol {
        ICMPV4 => Checksum::default(),
        protocol => Checksum::of_pseudo_header(path.source, path.destination, protocol, bytes),
    };
    let is_left = card_completes && matches!(outgoing.protocol, TCP | UDP);
    let value = if is_left {
        checksum.folded()
    } else {
        checksum.add(header.as_bytes());
        outgoing.payload.iter().for_each(|part| checksum.add(part.bytes()));
        // RFC 768: zero says that there is none.
        match checksum.finish() {
            0 if outgoing.protocol == UDP => 0xFFFF,
            value => value,
        }
    };
    header.write_at(at, value);
    is_left
}

/// Puts the IP header before what is there; gives the EtherType.
fn prepend_ip<F: Families>(
    path: &Path,
    header: &mut Header,
    outgoing: &Outgoing<'_>,
    bytes: usize,
) -> Result<u16, Error> {
    match (path.source, path.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            const BYTES: usize = 20;
            let total = u16::try_from(BYTES + bytes).map_err(|_| Error::MessageTooLarge)?.to_be_bytes();
            let mut ip = [0; BYTES];
            ip[0] = 0x45;
            ip[2..4].copy_from_slice(&total);
            // "Do not fragment": then it needs no identification (RFC 6864, section 4.1).
            ip[6] = 0x40;
            (ip[8], ip[9]) = (outgoing.hop_limit, outgoing.protocol);
            ip[12..16].copy_from_slice(&source.octets());
            ip[16..].copy_from_slice(&destination.octets());
            let checksum = Checksum::of_ipv4(&ip).finish().to_be_bytes();
            ip[10..12].copy_from_slice(&checksum);
            header.prepend(&ip);
            Ok(ethernet::IPV4)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) if F::IPV6 => {
            let mut ip = [0; 40];
            ip[0] = 0x60;
            ip[4..6].copy_from_slice(&u16::try_from(bytes).map_err(|_| Error::MessageTooLarge)?.to_be_bytes());
            (ip[6], ip[7]) = (outgoing.protocol, outgoing.hop_limit);
            ip[8..24].copy_from_slice(&source.octets());
            ip[24..].copy_from_slice(&destination.octets());
            header.prepend(&ip);
            Ok(ethernet::IPV6)
        }
        _ => Err(Error::NoRoute),
    }
}

impl<'a> Outgoing<'a> {
    /// A datagram of UDP.
    pub(crate) fn udp(payload: &'a [Payload<'a>]) -> Self {
        Outgoing { protocol: UDP, hop_limit: HOP_LIMIT, checksum_at: Some(6), payload, segment_bytes: None }
    }

    /// A message of ICMP of either family.
    pub(crate) fn icmp(protocol: u8, hop_limit: u8) -> Self {
        debug_assert!(matches!(protocol, ICMPV4 | ICMPV6));
        Outgoing { protocol, hop_limit, checksum_at: Some(icmp::CHECKSUM_AT), payload: &[], segment_bytes: None }
    }
}
