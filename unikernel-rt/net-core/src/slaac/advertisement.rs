//! Advertisements of routers (RFC 4861, sections 4.2 and 4.6; RFC 4191 for the preference; RFC 8106 for name servers).

use crate::address::{IpAddr, Ipv6Addr};
use crate::bytes::{array_at, u8_at, u16_at, u32_at};
use crate::packet::{ICMPV6, Packet};
use core::time::Duration;

const ADVERTISEMENT: u8 = 134;
const HEADER_BYTES: usize = 16;

const PREFIX: u8 = 3;
const MTU: u8 = 5;
const NAME_SERVERS: u8 = 25;

/// An advertisement whose options are well-formed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advertisement<'a> {
    pub(super) router: Ipv6Addr,
    /// For how long it is a default router; not at all with 0.
    pub(super) lifetime: Duration,
    /// How much it is liked: 0 most, 2 least.
    pub(super) rank: u32,
    /// Whether there is a server of DHCPv6 that tells more.
    pub(crate) has_other_configuration: bool,
    options: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Told<'a> {
    Prefix {
        network: Ipv6Addr,
        bits: u8,
        is_on_link: bool,
        forms_addresses: bool,
        valid: Duration,
        preferred: Duration,
    },
    Mtu(u32),
    NameServers {
        lifetime: Duration,
        addresses: &'a [u8],
    },
}

/// Seconds, of which all ones are for ever.
fn lifetime(seconds: u32) -> Duration {
    if seconds == u32::MAX { Duration::MAX } else { Duration::from_secs(seconds.into()) }
}

impl<'a> Advertisement<'a> {
    /// Whether a packet is one at all.
    pub(crate) fn is_in(frame: &[u8], packet: &Packet) -> bool {
        packet.protocol == ICMPV6 && packet.payload(frame).first() == Some(&ADVERTISEMENT)
    }

    /// The advertisement of a packet, or `None` where it is to be discarded (RFC 4861, section 6.1.2).
    pub(crate) fn parse(frame: &'a [u8], packet: &Packet) -> Option<Advertisement<'a>> {
        let message = packet.payload(frame);
        let IpAddr::V6(router) = packet.source else { return None };
        let options = message.get(HEADER_BYTES..)?;
        if packet.hop_limit != 255 || message[1] != 0 || !router.is_unicast_link_local() {
            return None;
        }
        let mut rest = options;
        while !rest.is_empty() {
            let bytes = usize::from(u8_at(rest, 1)?) * 8;
            rest = rest.get(bytes..).filter(|_| bytes > 0)?;
        }
        // RFC 4191, section 2.2: the reserved one is medium.
        let rank = match message[5] >> 3 & 3 {
            1 => 0,
            3 => 2,
            _ => 1,
        };
        let lifetime = Duration::from_secs(u16_at(message, 6)?.into());
        // With "managed", the flag for the rest says nothing.
        let has_other_configuration = message[5] & 0xC0 != 0;
        Some(Advertisement { router, lifetime, rank, has_other_configuration, options })
    }

    /// What its options tell; those that are not known are skipped.
    pub(super) fn options(&self) -> impl Iterator<Item = Told<'a>> + use<'a> {
        let mut rest = self.options;
        core::iter::from_fn(move || {
            let option = rest.get(..usize::from(u8_at(rest, 1)?) * 8).filter(|option| !option.is_empty())?;
            rest = &rest[option.len()..];
            Some(option)
        })
        .filter_map(told)
    }
}

fn told(option: &[u8]) -> Option<Told<'_>> {
    match (option[0], option.len()) {
        (PREFIX, 32) => Some(Told::Prefix {
            network: Ipv6Addr::from(array_at::<16>(option, 16)?),
            bits: option[2],
            is_on_link: option[3] & 0x80 != 0,
            forms_addresses: option[3] & 0x40 != 0,
            valid: lifetime(u32_at(option, 4)?),
            preferred: lifetime(u32_at(option, 8)?),
        }),
        (MTU, 8) => u32_at(option, 4).map(Told::Mtu),
        (NAME_SERVERS, 24..) => {
            Some(Told::NameServers { lifetime: lifetime(u32_at(option, 4)?), addresses: &option[8..] })
        }
        _ => None,
    }
}
