//! Neighbour Discovery (RFC 4861): solicitations and advertisements of neighbours.

use crate::address::{IpAddr, Ipv6Addr};
use crate::bytes::{array_at, u8_at};
use crate::ethernet::Mac;
use crate::packet::Packet;

const ROUTER_SOLICITATION: u8 = 133;
pub(crate) const SOLICITATION: u8 = 135;
pub(crate) const ADVERTISEMENT: u8 = 136;

/// Bytes of a message with a link-layer address.
const BYTES: usize = 32;
const SOURCE_LINK_ADDRESS: u8 = 1;
const TARGET_LINK_ADDRESS: u8 = 2;

/// Flags of an advertisement (section 4.4).
const SOLICITED: u8 = 0x40;
const OVERRIDE: u8 = 0x20;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Message {
    /// Asks for the owner of `target`.
    Solicitation { target: Ipv6Addr, sender: Option<Mac> },
    /// Tells of the owner of `target`.
    Advertisement { target: Ipv6Addr, owner: Option<Mac>, is_solicited: bool, overrides: bool },
}

impl Message {
    /// The message of a packet whose checksum is right, or `None` where it is to be discarded (sections 7.1.1 and 7.1.2).
    pub(crate) fn parse(frame: &[u8], packet: &Packet) -> Option<Message> {
        let message = frame.get(packet.transport..packet.end)?;
        let (kind, code) = (u8_at(message, 0)?, u8_at(message, 1)?);
        let target = Ipv6Addr::from(array_at::<16>(message, 8)?);
        // Who is not on the link cannot have sent it: routers lessen the hop limit.
        if packet.hop_limit != 255 || code != 0 || target.is_multicast() {
            return None;
        }
        match kind {
            SOLICITATION => {
                let sender = link_address(message, SOURCE_LINK_ADDRESS)?;
                let is_probe = packet.source.is_unspecified();
                let goes_to_group = packet.destination == IpAddr::V6(crate::address::solicited_node(target));
                (!is_probe || (goes_to_group && sender.is_none())).then_some(Message::Solicitation { target, sender })
            }
            ADVERTISEMENT => {
                let flags = u8_at(message, 4)?;
                let is_solicited = flags & SOLICITED != 0;
                let owner = link_address(message, TARGET_LINK_ADDRESS)?;
                (!is_solicited || !packet.destination.is_multicast()).then_some(Message::Advertisement {
                    target,
                    owner,
                    is_solicited,
                    overrides: flags & OVERRIDE != 0,
                })
            }
            _ => None,
        }
    }
}

/// The link-layer address of an option of this kind, if there is one; `None` where the options are malformed.
fn link_address(message: &[u8], kind: u8) -> Option<Option<Mac>> {
    let mut at = 24;
    let mut found = None;
    while at < message.len() {
        let bytes = usize::from(u8_at(message, at + 1)?) * 8;
        if bytes == 0 || at + bytes > message.len() {
            return None;
        }
        if message[at] == kind && bytes == 8 && found.is_none() {
            found = array_at(message, at + 2).map(Mac);
        }
        at += bytes;
    }
    Some(found.filter(|mac| mac.is_unicast()))
}

/// A solicitation for the owner of an address that we are about to have, who is not to take note of us, without its checksum.
pub(crate) fn probe(target: Ipv6Addr) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[0] = SOLICITATION;
    bytes[8..].copy_from_slice(&target.octets());
    bytes
}

/// A solicitation of routers, without its checksum; the option at its end is for those who have an address.
pub(crate) fn router_solicitation(sender: Mac) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[0] = ROUTER_SOLICITATION;
    (bytes[8], bytes[9]) = (SOURCE_LINK_ADDRESS, 1);
    bytes[10..].copy_from_slice(&sender.0);
    bytes
}

/// A solicitation for the owner of `target`, without its checksum.
pub(crate) fn solicitation(target: Ipv6Addr, sender: Mac) -> [u8; BYTES] {
    message(SOLICITATION, 0, target, SOURCE_LINK_ADDRESS, sender)
}

/// An advertisement of our own address, without its checksum.
pub(crate) fn advertisement(target: Ipv6Addr, owner: Mac, is_solicited: bool) -> [u8; BYTES] {
    let flags = if is_solicited { SOLICITED | OVERRIDE } else { OVERRIDE };
    message(ADVERTISEMENT, flags, target, TARGET_LINK_ADDRESS, owner)
}

fn message(kind: u8, flags: u8, target: Ipv6Addr, option: u8, mac: Mac) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    (bytes[0], bytes[4]) = (kind, flags);
    bytes[8..24].copy_from_slice(&target.octets());
    (bytes[24], bytes[25]) = (option, 1);
    bytes[26..].copy_from_slice(&mac.0);
    bytes
}
