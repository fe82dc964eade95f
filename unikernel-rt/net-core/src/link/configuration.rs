//! What clients that find out a card's addresses need of the network layer.

use super::Link;
use crate::address;
use crate::arp;
use crate::card::{Card, Payload};
use crate::checksum::Checksum;
use crate::ethernet::{self, Mac};
use crate::families::Families;
use crate::header::Header;
use crate::interface::Interface;
use crate::mld::{MOST_GROUPS, Records};
use crate::ndp;
use crate::packet::ICMPV6;
use crate::routes::Route;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl<F: Families> Link<'_, F> {
    /// The routes, but for those that addresses bring with them.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// A card, to change what is said of it.
    pub(crate) fn interface_mut(&mut self, card: usize) -> Option<&mut Interface> {
        self.interfaces.get_mut(card)
    }

    /// The address of a card on its link.
    pub(crate) fn mac(&self, card: usize) -> Mac {
        self.interfaces.get(card).map_or(Mac::UNSPECIFIED, |interface| interface.card.mac)
    }

    /// Asks whether another host has an address (RFC 5227, section 2.1.1): from no address, so that nobody takes note of it.
    pub(crate) fn probe_ipv4<C: Card>(&mut self, cards: &mut [C], card: usize, address: Ipv4Addr) {
        self.broadcast_arp(cards, card, Ipv4Addr::UNSPECIFIED, address);
    }

    /// Tells all hosts whose an address is (RFC 5227, section 2.3): those who knew another owner forget it.
    pub(crate) fn announce_ipv4<C: Card>(&mut self, cards: &mut [C], card: usize, address: Ipv4Addr) {
        self.broadcast_arp(cards, card, address, address);
    }

    /// Asks whether another host has an address (RFC 4862, section 5.4.2): from no address, and without one of the link.
    pub(crate) fn probe_ipv6<C: Card>(&mut self, cards: &mut [C], card: usize, address: Ipv6Addr) {
        let group = IpAddr::V6(address::solicited_node(address));
        let message = ndp::probe(address);
        self.send_ndp(cards, card, Mac::of_group(group), (IpAddr::V6(Ipv6Addr::UNSPECIFIED), group), &message);
    }

    /// Asks all routers of a link to tell of themselves (RFC 4861, section 4.1); who has an address tells where it is, too.
    pub(crate) fn solicit_routers<C: Card>(&mut self, cards: &mut [C], card: usize) {
        let group = IpAddr::V6(Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 2));
        let source = self.interfaces.get(card).and_then(|interface| interface.source_for(group));
        let message = ndp::router_solicitation(self.mac(card));
        let message = if source.is_some() { &message[..] } else { &message[..8] };
        let source = source.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        self.send_ndp(cards, card, Mac::of_group(group), (source, group), message);
    }

    /// Tells routers and switches the groups of a card (RFC 3810, section 5.2): with the option by which routers look at it.
    pub(crate) fn send_mld<C: Card>(&mut self, cards: &mut [C], card: usize, records: &Records) {
        const ROUTERS: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 0x16);
        /// An extension header with the router alert of RFC 2711, padded.
        const ROUTER_ALERT: [u8; 8] = [ICMPV6, 0, 5, 2, 0, 0, 1, 0];
        const HOP_BY_HOP: u8 = 0;
        const RECORD_BYTES: usize = 20;
        let Some(interface) = self.interfaces.get(card) else { return };
        let source = match interface.source_for(IpAddr::V6(ROUTERS)) {
            Some(IpAddr::V6(source)) if source.is_unicast_link_local() => source,
            _ => Ipv6Addr::UNSPECIFIED, // section 5.2.13
        };
        let mut report = [0; 8 + MOST_GROUPS * RECORD_BYTES];
        let bytes = 8 + records.as_slice().len() * RECORD_BYTES;
        (report[0], report[7]) = (143, records.as_slice().len() as u8);
        for (place, (kind, group)) in report[8..].chunks_exact_mut(RECORD_BYTES).zip(records.as_slice()) {
            place[0] = *kind as u8;
            place[4..].copy_from_slice(&group.octets());
        }
        let mut checksum = Checksum::of_pseudo_header(IpAddr::V6(source), IpAddr::V6(ROUTERS), ICMPV6, bytes);
        checksum.add(&report[..bytes]);
        report[2..4].copy_from_slice(&checksum.finish().to_be_bytes());
        let mut ip = [0; 40];
        ip[0] = 0x60;
        ip[4..6].copy_from_slice(&((ROUTER_ALERT.len() + bytes) as u16).to_be_bytes());
        (ip[6], ip[7]) = (HOP_BY_HOP, 1);
        ip[8..24].copy_from_slice(&source.octets());
        ip[24..].copy_from_slice(&ROUTERS.octets());
        let mut header = Header::new();
        header.prepend(&ROUTER_ALERT);
        header.prepend(&ip);
        let group = Mac::of_group(IpAddr::V6(ROUTERS));
        header.prepend(&ethernet::header(group, interface.card.mac, ethernet::IPV6));
        self.counters.sent += 1;
        if let Some(card) = cards.get_mut(card) {
            card.transmit(header.as_bytes(), &[Payload::Borrowed(&report[..bytes])], None);
        }
    }

    fn broadcast_arp<C: Card>(&mut self, cards: &mut [C], card: usize, sender: Ipv4Addr, target: Ipv4Addr) {
        let message = arp::Message {
            operation: arp::Operation::Request,
            sender: (self.mac(card), sender),
            target: (Mac::UNSPECIFIED, target),
        };
        self.send_arp(cards, card, Mac::BROADCAST, &message);
    }
}
