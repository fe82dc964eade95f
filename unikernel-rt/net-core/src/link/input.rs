//! Frames that have come: to whom they go.

use super::{HOP_LIMIT, Link, Outgoing};
use crate::address;
use crate::address::IpAddr;
use crate::bytes::u16_at;
use crate::card::{Card, Payload};
use crate::counters::Tally;
use crate::dhcp;
use crate::ethernet::{self, Mac};
use crate::families::Families;
use crate::header::Header;
use crate::icmp;
use crate::packet::{Fault, ICMPV4, ICMPV6, Packet, UDP};
use crate::path::{NextHop, Path};
use crate::report::Report;
use crate::time::Instant;

/// What the protocols above get of a frame.
pub(crate) enum Input {
    /// A packet for one of them.
    Packet(Packet),
    /// News of what one of them has sent.
    Report(Report),
    /// The last fragment of a packet, which is whole in this place.
    Whole(usize),
    /// Nothing.
    Nothing,
}

impl<F: Families> Link<'_, F> {
    /// Looks at a frame, and does what concerns this layer alone.
    #[inline]
    pub(crate) fn receive<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        frame: &[u8],
        is_verified: bool,
        now: Instant,
    ) -> Input {
        self.counters.received += 1;
        self.tally.count(|traffic| traffic.received_bytes += frame.len() as u64);
        let Some(interface) = self.interfaces.get(card) else { return Input::Nothing };
        // A card in a bridge hears what is for others.
        let is_for_us = frame.first().is_some_and(|first| first & 1 != 0) || frame.starts_with(&interface.card.mac.0);
        let packet = match u16_at(frame, 12) {
            _ if !is_for_us => {
                self.counters.not_for_us += 1;
                return Input::Nothing;
            }
            Some(ethernet::IPV4) => Packet::parse_ipv4(frame, is_verified),
            Some(ethernet::IPV6) if F::IPV6 => Packet::parse_ipv6(frame),
            Some(ethernet::ARP) => {
                self.receive_arp(cards, card, frame, now);
                return Input::Nothing;
            }
            _ => return Input::Nothing,
        };
        let fault = match packet {
            Ok(packet) if is_verified || packet.is_right(frame) => {
                if self.is_acceptable(card, &packet) || self.is_offer(card, frame, &packet) {
                    return self.receive_packet(cards, card, frame, packet, now);
                }
                self.counters.not_for_us += 1;
                return Input::Nothing;
            }
            Ok(_) => Fault::Checksum,
            Err(fault) => fault,
        };
        match fault {
            Fault::Malformed => self.counters.malformed += 1,
            Fault::Checksum => self.counters.wrong_checksums += 1,
            Fault::Fragment => return self.receive_fragment(card, frame, now),
        }
        Input::Nothing
    }

    /// Puts a fragment where it belongs.
    fn receive_fragment(&mut self, card: usize, frame: &[u8], now: Instant) -> Input {
        self.counters.fragments += 1;
        // What is for a group or for another host is not worth the memory.
        let is_one_host = frame.first().is_some_and(|first| first & 1 == 0);
        let interface = self.interfaces.get(card).filter(|_| F::FRAGMENTS && is_one_host);
        let whole = interface.and_then(|interface| self.fragments.take(interface, card, frame, now));
        whole.map_or(Input::Nothing, Input::Whole)
    }

    /// Whether a packet is for this card, and from where one can be (RFC 1122, section 3.2.1.3; the strong model of 3.3.4.2).
    fn is_acceptable(&self, card: usize, packet: &Packet) -> bool {
        let Some(interface) = self.interfaces.get(card) else { return false };
        if interface.card.is_loopback {
            return self.is_local(packet.destination);
        }
        let is_of_loopback = packet.source.is_loopback() || packet.destination.is_loopback();
        // An unspecified source is that of a host which looks for its address: duplicate address detection has it.
        let can_be_source =
            address::is_host(packet.source) || (packet.source.is_unspecified() && packet.protocol == ICMPV6);
        // Another host with an address of ours is heard while the address is asked for (RFC 4862, section 5.4.4).
        let is_claimed = || packet.protocol == ICMPV6 && interface.claims.iter().any(|own| own == packet.source);
        let is_taken = interface.is_taken(packet.source) && !is_claimed();
        if is_of_loopback || !can_be_source || is_taken {
            return false;
        }
        if interface.has(packet.destination) {
            // What was sent to one address by a frame to all is an attack (RFC 1122, section 3.3.6).
            return !packet.is_link_group;
        }
        interface.is_broadcast(packet.destination) || interface.is_member(packet.destination)
    }

    /// Whether a packet is for a client of DHCP that has no address yet: servers may send to the one that they offer (RFC 2131, section
    /// 4.1).
    fn is_offer(&self, card: usize, frame: &[u8], packet: &Packet) -> bool {
        self.interfaces.get(card).is_some_and(|interface| interface.is_configuring)
            && (packet.protocol, u16_at(frame, packet.transport + 2)) == (UDP, Some(dhcp::CLIENT_PORT))
            && packet.source.is_ipv4()
            && address::is_host(packet.source)
            && !packet.is_link_group
    }

    fn receive_packet<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        frame: &[u8],
        packet: Packet,
        now: Instant,
    ) -> Input {
        match packet.protocol {
            ICMPV4 if packet.source.is_ipv4() => {}
            ICMPV6 if F::IPV6 && packet.source.is_ipv6() => {
                if self.receive_ndp(cards, card, frame, &packet, now) {
                    return Input::Nothing;
                }
            }
            _ => return Input::Packet(packet),
        }
        // An echo of what went to all would be an amplifier's (RFC 1122, section 3.2.2.6, allows for it); groups of IPv6 are asked for it (RFC
        // 4443, section 4.2).
        let is_of_group =
            packet.protocol == ICMPV6 && packet.destination.is_multicast() && address::is_host(packet.source);
        if let Some(header) = icmp::echo_reply(frame, &packet).filter(|_| packet.may_be_reported() || is_of_group) {
            let payload = &[Payload::Borrowed(packet.payload(frame).get(icmp::HEADER_BYTES..).unwrap_or_default())];
            let checksum_at = (F::IPV6 && packet.protocol == ICMPV6).then_some(icmp::CHECKSUM_AT);
            let outgoing = Outgoing { payload, checksum_at, ..Outgoing::icmp(packet.protocol, HOP_LIMIT) };
            self.answer(cards, card, &packet, &header, &outgoing, now);
            return Input::Nothing;
        }
        match icmp::report(frame, &packet) {
            Some(report) if self.is_local(report.local.ip()) => Input::Report(report),
            // What routers tell is for who listens to them.
            None if F::IPV6 && packet.protocol == ICMPV6 => Input::Packet(packet),
            _ => Input::Nothing,
        }
    }

    /// Answers a packet by a message of ICMP, to where its frame came from.
    fn answer<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        packet: &Packet,
        message: &[u8],
        outgoing: &Outgoing<'_>,
        now: Instant,
    ) {
        let mut header = Header::new();
        header.prepend(message);
        if let Some(mut path) = self.path_back(card, packet) {
            // An echo is no longer than what it answers, and that has come through this card; where it came in fragments, it goes in some.
            if !F::FRAGMENTS {
                path.mtu = path.mtu.max((packet.end - packet.network) as u16);
            }
            let _ = self.send(cards, &mut path, &mut header, outgoing, now);
        }
    }

    /// The way back to where a frame came from, without a look-up of the neighbour.
    pub(crate) fn path_back(&self, card: usize, packet: &Packet) -> Option<Path> {
        let interface = self.interfaces.get(card)?;
        let next = NextHop::Card(if interface.card.is_loopback { interface.card.mac } else { packet.source_mac });
        let is_group = packet.destination.is_multicast();
        let source = if is_group { interface.source_for(packet.source)? } else { packet.destination };
        Some(Path::new(card, source, packet.source, next, interface.card.mtu))
    }

    /// Says that nobody listens at the port of a packet.
    pub(crate) fn refuse_port<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        frame: &[u8],
        packet: &Packet,
        now: Instant,
    ) {
        if !self.is_local(packet.destination)
            || !packet.may_be_reported()
            || packet.source_mac == Mac::UNSPECIFIED && !self.interfaces[card].card.is_loopback
        {
            return;
        }
        if !self.errors.take(now) {
            self.counters.errors_held_back += 1;
            return;
        }
        let (protocol, header, most) = icmp::port_unreachable(packet);
        let original = frame.get(packet.network..packet.end).unwrap_or_default();
        let payload = &[Payload::Borrowed(&original[..original.len().min(most)])];
        let outgoing = Outgoing { payload, ..Outgoing::icmp(protocol, HOP_LIMIT) };
        self.answer(cards, card, packet, &header, &outgoing, now);
    }

    /// Whether an address is one for all hosts of a card's network.
    pub(crate) fn is_broadcast(&self, card: usize, address: IpAddr) -> bool {
        self.interfaces.get(card).is_some_and(|interface| interface.is_broadcast(address))
    }
}
