//! What of the network layer is IPv6's: Neighbour Discovery (RFC 4861), and the groups that it needs (RFC 3810).

use super::{Link, Outgoing};
use crate::address::{self, IpAddr, Ipv6Addr};
use crate::card::{Card, Payload};
use crate::checksum::Checksum;
use crate::ethernet::{self, Mac};
use crate::families::Families;
use crate::header::Header;
use crate::mld::{MOST_GROUPS, Records};
use crate::ndp;
use crate::neighbours::Heard;
use crate::packet::{ICMPV6, Packet};
use crate::path::{NextHop, Path};
use crate::time::Instant;

impl<F: Families> Link<'_, F> {
    /// Asks for the owner of an address, from one of ours.
    pub(super) fn solicit_ipv6<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        target: Ipv6Addr,
        owner: Option<Mac>,
        (mac, source): (Mac, IpAddr),
    ) {
        let (to, destination) = match owner {
            Some(owner) => (owner, IpAddr::V6(target)),
            None => {
                let group = IpAddr::V6(address::solicited_node(target));
                (Mac::of_group(group), group)
            }
        };
        self.send_ndp(cards, card, to, (source, destination), &ndp::solicitation(target, mac));
    }

    fn send_ndp<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        to: Mac,
        (source, destination): (IpAddr, IpAddr),
        message: &[u8],
    ) {
        /// What proves that no router has forwarded it (RFC 4861, section 4.3).
        const HOP_LIMIT: u8 = 255;
        let mut header = Header::new();
        header.prepend(message);
        let mut path = Path::new(card, source, destination, NextHop::Card(to), u16::MAX);
        // It is short, and its path is complete: it cannot fail.
        let _ = self.send(cards, &mut path, &mut header, &Outgoing::icmp(ICMPV6, HOP_LIMIT), Instant::START);
    }

    /// A message of ICMPv6 has come; whether it was one of Neighbour Discovery's.
    pub(super) fn receive_ndp<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        frame: &[u8],
        packet: &Packet,
        now: Instant,
    ) -> bool {
        if !packet.payload(frame).first().is_some_and(|kind| matches!(*kind, ndp::SOLICITATION | ndp::ADVERTISEMENT)) {
            return false;
        }
        let Some(interface) = self.interfaces.get_mut(card) else { return true };
        let mac = interface.card.mac;
        let message = ndp::Message::parse(frame, packet);
        if packet.source_mac != mac {
            // RFC 4862, sections 5.4.3 and 5.4.4: who has the address, or asks for it at the same time as we do.
            match message {
                Some(ndp::Message::Solicitation { target, .. }) if packet.source.is_unspecified() => {
                    interface.claims.contest(IpAddr::V6(target));
                }
                Some(ndp::Message::Advertisement { target, .. }) => interface.claims.contest(IpAddr::V6(target)),
                _ => {}
            }
        }
        match message {
            None => self.counters.malformed += 1,
            Some(ndp::Message::Solicitation { target, sender }) => {
                if !interface.has(IpAddr::V6(target)) || interface.has(packet.source) {
                    return true;
                }
                if let Some(sender) = sender {
                    self.hear(cards, card, packet.source, sender, Heard::Asked, now);
                }
                let is_probe = packet.source.is_unspecified();
                let (to, destination) = if is_probe {
                    // Section 7.2.4: who has no address yet is told with all others.
                    let all_nodes = IpAddr::V6(Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 1));
                    (Mac::of_group(all_nodes), all_nodes)
                } else {
                    (sender.unwrap_or(packet.source_mac), packet.source)
                };
                let message = ndp::advertisement(target, mac, !is_probe);
                self.send_ndp(cards, card, to, (IpAddr::V6(target), destination), &message);
            }
            Some(ndp::Message::Advertisement { target, owner, is_solicited, overrides }) => {
                if !interface.has(IpAddr::V6(target)) {
                    let heard = Heard::Told { mac: owner, is_solicited, overrides };
                    self.hear(cards, card, IpAddr::V6(target), packet.source_mac, heard, now);
                }
            }
        }
        true
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
        const RECORD_BYTES: usize = 20;
        let mut report = [0; 8 + MOST_GROUPS * RECORD_BYTES];
        let bytes = 8 + records.as_slice().len() * RECORD_BYTES;
        (report[0], report[7]) = (143, records.as_slice().len() as u8);
        for (place, (kind, group)) in report[8..].chunks_exact_mut(RECORD_BYTES).zip(records.as_slice()) {
            place[0] = *kind as u8;
            place[4..].copy_from_slice(&group.octets());
        }
        self.send_alerting(cards, card, ROUTERS, &mut report[..bytes]);
    }

    /// Tells one group by the first version (RFC 2710, section 3): in a report to the group itself, or when it is left to all routers.
    pub(crate) fn send_mld_v1<C: Card>(&mut self, cards: &mut [C], card: usize, group: Ipv6Addr, is_left: bool) {
        const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 2);
        let mut message = [0; 24];
        message[0] = if is_left { 132 } else { 131 };
        message[8..].copy_from_slice(&group.octets());
        self.send_alerting(cards, card, if is_left { ALL_ROUTERS } else { group }, &mut message);
    }

    /// Sends a message about groups, whose checksum is zero yet, with the option by which routers look at it.
    fn send_alerting<C: Card>(&mut self, cards: &mut [C], card: usize, to: Ipv6Addr, message: &mut [u8]) {
        /// An extension header with the router alert of RFC 2711, padded.
        const ROUTER_ALERT: [u8; 8] = [ICMPV6, 0, 5, 2, 0, 0, 1, 0];
        const HOP_BY_HOP: u8 = 0;
        let Some(interface) = self.interfaces.get(card) else { return };
        let source = match interface.source_for(IpAddr::V6(to)) {
            Some(IpAddr::V6(source)) if source.is_unicast_link_local() => source,
            _ => Ipv6Addr::UNSPECIFIED, // RFC 3810, section 5.2.13; RFC 3590
        };
        let mut checksum = Checksum::of_pseudo_header(IpAddr::V6(source), IpAddr::V6(to), ICMPV6, message.len());
        checksum.add(message);
        message[2..4].copy_from_slice(&checksum.finish().to_be_bytes());
        let mut ip = [0; 40];
        ip[0] = 0x60;
        ip[4..6].copy_from_slice(&((ROUTER_ALERT.len() + message.len()) as u16).to_be_bytes());
        (ip[6], ip[7]) = (HOP_BY_HOP, 1);
        ip[8..24].copy_from_slice(&source.octets());
        ip[24..].copy_from_slice(&to.octets());
        let mut header = Header::new();
        header.prepend(&ROUTER_ALERT);
        header.prepend(&ip);
        let group = Mac::of_group(IpAddr::V6(to));
        header.prepend(&ethernet::header(group, interface.card.mac, ethernet::IPV6));
        self.count_sent(|| header.len() + message.len());
        if let Some(card) = cards.get_mut(card) {
            card.transmit(header.as_bytes(), &[Payload::Borrowed(message)], None);
        }
    }
}
