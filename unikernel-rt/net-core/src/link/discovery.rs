//! Asking for neighbours, and answering those who ask: ARP (RFC 826) and Neighbour Discovery (RFC 4861).

use super::Link;
use crate::address;
use crate::address::IpAddr;
use crate::arp;
use crate::card::Card;
use crate::counters::Tally;
use crate::ethernet::{self, Mac};
use crate::families::Families;
use crate::header::Header;
use crate::neighbours::{Due, Heard};
use crate::path::{NextHop, Path};
use crate::report::{Reason, Report};
use crate::time::Instant;
use core::net::Ipv4Addr;

impl<F: Families> Link<'_, F> {
    /// Asks for the owner of an address: everybody, or `owner` whether it still is. `source` is the address to ask from, where the
    /// packet that is to be sent has one.
    pub(super) fn solicit<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        address: IpAddr,
        owner: Option<Mac>,
        source: Option<IpAddr>,
    ) {
        let Some(interface) = self.interfaces.get(card) else { return };
        let source = source.filter(|source| interface.has(*source)).or_else(|| interface.source_for(address));
        let mac = interface.card.mac;
        match (address, source) {
            (IpAddr::V4(target), Some(IpAddr::V4(source))) => {
                let message = arp::Message {
                    operation: arp::Operation::Request,
                    sender: (mac, source),
                    target: (owner.unwrap_or(Mac::UNSPECIFIED), target),
                };
                self.send_arp(cards, card, owner.unwrap_or(Mac::BROADCAST), &message);
            }
            (IpAddr::V6(target), Some(source)) => self.solicit_ipv6(cards, card, target, owner, (mac, source)),
            _ => {}
        }
    }

    pub(super) fn send_arp<C: Card>(&mut self, cards: &mut [C], card: usize, to: Mac, message: &arp::Message) {
        let mut header = Header::new();
        header.prepend(&message.bytes());
        header.prepend(&ethernet::header(to, message.sender.0, ethernet::ARP));
        self.count_sent(|| header.len());
        if let Some(card) = cards.get_mut(card) {
            card.transmit(header.as_bytes(), &[], None);
        }
    }

    /// A frame of ARP has come.
    pub(super) fn receive_arp<C: Card>(&mut self, cards: &mut [C], card: usize, frame: &[u8], now: Instant) {
        let Some(message) = arp::Message::parse(frame) else {
            self.counters.malformed += 1;
            return;
        };
        let Some(interface) = self.interfaces.get_mut(card) else { return };
        let (mac, (sender_mac, sender)) = (interface.card.mac, message.sender);
        let is_for_us = interface.has(IpAddr::V4(message.target.1));
        // Nobody else has our address: who says so is not listened to. A probe (RFC 5227) has no address yet.
        let is_probe = sender == Ipv4Addr::UNSPECIFIED;
        if sender_mac != mac && sender_mac.is_unicast() {
            // RFC 5227, section 2.1.1: who has it says so, or probes for it at the same time as we do.
            interface.claims.contest(IpAddr::V4(if is_probe && !is_for_us { message.target.1 } else { sender }));
        }
        let is_credible = sender_mac.is_unicast() && sender_mac != mac && !interface.has(IpAddr::V4(sender));
        if is_credible && address::is_host(IpAddr::V4(sender)) {
            let heard = if is_for_us && message.operation == arp::Operation::Request {
                Heard::Asked
            } else {
                // Solicited is what was said to us alone (the T bit of NDP has no other counterpart).
                let is_solicited = message.operation == arp::Operation::Reply && message.target.0 == mac;
                Heard::Told { mac: Some(sender_mac), is_solicited, overrides: true }
            };
            self.hear(cards, card, IpAddr::V4(sender), sender_mac, heard, now);
        }
        if is_for_us
            && message.operation == arp::Operation::Request
            && (is_credible || (is_probe && sender_mac.is_unicast()))
        {
            let answer = arp::Message {
                operation: arp::Operation::Reply,
                sender: (mac, message.target.1),
                target: (sender_mac, sender),
            };
            self.send_arp(cards, card, sender_mac, &answer);
        }
    }

    /// A neighbour has shown that it hears us, by a frame from this address: where nothing is known of it, it need not be asked for.
    pub(crate) fn learn<C: Card>(&mut self, cards: &mut [C], path: &mut Path, mac: Mac, now: Instant) {
        let card = path.card();
        if let NextHop::Neighbour { address, hint } = &mut path.next
            && *address == path.destination
            && mac.is_unicast()
        {
            match self.neighbours.known(card, *address) {
                Some(known) => *hint = known,
                None => self.hear(cards, card, *address, mac, Heard::Asked, now),
            }
        }
    }

    /// Takes note of a neighbour, and sends what has waited for it.
    pub(super) fn hear<C: Card>(
        &mut self,
        cards: &mut [C],
        card: usize,
        address: IpAddr,
        mac: Mac,
        heard: Heard,
        now: Instant,
    ) {
        let Some((entry, mac)) = self.neighbours.hear(card, address, mac, heard, now) else { return };
        let Some(card) = cards.get_mut(card) else { return };
        while let Some(frame) = self.neighbours.queue.take(entry) {
            if let Some((destination, rest)) = frame.bytes.split_at_mut_checked(mac.0.len()) {
                destination.copy_from_slice(&mac.0);
                self.counters.sent += 1;
                self.tally.count(|traffic| traffic.sent_bytes += (destination.len() + rest.len()) as u64);
                card.transmit(destination, &[crate::card::Payload::Borrowed(rest)], frame.offload);
            }
        }
    }

    /// Asks again for those who have not answered, and gives up those who do not.
    pub(crate) fn expire<C: Card>(&mut self, cards: &mut [C], now: Instant, mut report: impl FnMut(&Report)) {
        /// What is due at once is asked for in the next round: a few, so that a call's cost is bounded.
        const MOST: usize = 16;
        if now < self.neighbours.deadline() {
            return;
        }
        let mut asked = [None; MOST];
        let (mut count, mut lost) = (0, 0);
        let Link { neighbours, .. } = self;
        neighbours.expire(now, MOST, |due| match due {
            Due::Solicit { card, address, owner } => {
                if let Some(place) = asked.get_mut(count) {
                    *place = Some((card, address, owner));
                    count += 1;
                }
            }
            Due::Lost { frame } => {
                lost += 1;
                let packet = frame.get(ethernet::HEADER_BYTES..).unwrap_or_default();
                if let Some(lost) = Report::of_packet(packet, Reason::HostUnreachable) {
                    report(&lost);
                }
            }
        });
        self.counters.unresolved += lost;
        for (card, address, owner) in asked.into_iter().flatten() {
            self.solicit(cards, card, address, owner, None);
        }
    }
}
