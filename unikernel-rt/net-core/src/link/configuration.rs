//! What clients that find out a card's addresses need of the network layer.

use super::Link;
use crate::arp;
use crate::card::Card;
use crate::ethernet::Mac;
use crate::families::Families;
use crate::interface::Interface;
use crate::routes::Route;
use core::net::Ipv4Addr;

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

    fn broadcast_arp<C: Card>(&mut self, cards: &mut [C], card: usize, sender: Ipv4Addr, target: Ipv4Addr) {
        let message = arp::Message {
            operation: arp::Operation::Request,
            sender: (self.mac(card), sender),
            target: (Mac::UNSPECIFIED, target),
        };
        self.send_arp(cards, card, Mac::BROADCAST, &message);
    }
}
