//! A received IP packet, parsed once: who it is from and for, and where its parts are in the frame.

use crate::address::{self, IpAddr};
use crate::bytes::{array_at, u8_at, u16_at};
use crate::checksum::Checksum;
use crate::ethernet::{HEADER_BYTES, Mac};
use core::net::Ipv4Addr;

/// Numbers of protocols (RFC 790 and its registry).
pub(crate) const ICMPV4: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMPV6: u8 = 58;

pub(crate) const UDP_HEADER_BYTES: usize = 8;

/// Extension headers of IPv6 (RFC 8200, section 4).
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;

/// Offsets of a frame's parts. All of them lie inside of the frame.
#[derive(Clone, Copy, Debug)]
pub struct Packet {
    pub(crate) source_mac: Mac,
    /// Whether the frame was for several cards.
    pub(crate) is_link_group: bool,
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: u8,
    #[cfg_attr(not(feature = "ipv6"), expect(dead_code, reason = "messages of IPv6 alone are not forwarded"))]
    pub(crate) hop_limit: u8,
    /// Where the IP header begins.
    pub(crate) network: usize,
    /// Where what it carries begins.
    pub(crate) transport: usize,
    /// Where the packet ends; the frame may be padded.
    pub(crate) end: usize,
}

/// Why a packet is dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// Its lengths or its version contradict each other, or the frame.
    Malformed,
    /// Its checksum is wrong.
    Checksum,
    /// It is a part of one.
    Fragment,
}

impl Packet {
    /// The IPv4 packet of a frame (RFC 791, section 3.1).
    pub(crate) fn parse_ipv4(frame: &[u8], is_verified: bool) -> Result<Packet, Fault> {
        let fixed: [u8; 20] = array_at(frame, HEADER_BYTES).ok_or(Fault::Malformed)?;
        let header_bytes = usize::from(fixed[0] & 0xF) * 4;
        let total = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
        let end = HEADER_BYTES + total;
        if fixed[0] >> 4 != 4 || header_bytes < fixed.len() || total < header_bytes || end > frame.len() {
            return Err(Fault::Malformed);
        }
        let transport = HEADER_BYTES + header_bytes;
        if !is_verified {
            let mut checksum = Checksum::of_ipv4(&fixed);
            if header_bytes > fixed.len() {
                checksum.add(&frame[HEADER_BYTES + fixed.len()..transport]);
            }
            if !checksum.is_right() {
                return Err(Fault::Checksum);
            }
        }
        /// All but "reserved" and "do not fragment".
        const IS_FRAGMENT: u16 = 0x3FFF;
        if u16::from_be_bytes([fixed[6], fixed[7]]) & IS_FRAGMENT != 0 {
            return Err(Fault::Fragment);
        }
        Ok(Packet {
            source: Ipv4Addr::new(fixed[12], fixed[13], fixed[14], fixed[15]).into(),
            destination: Ipv4Addr::new(fixed[16], fixed[17], fixed[18], fixed[19]).into(),
            protocol: fixed[9],
            hop_limit: fixed[8],
            transport,
            ..Packet::of_frame(frame, end)
        })
    }

    /// The IPv6 packet of a frame, after its extension headers (RFC 8200, sections 3 and 4).
    pub(crate) fn parse_ipv6(frame: &[u8]) -> Result<Packet, Fault> {
        const FIXED_BYTES: usize = 40;
        let fixed: [u8; FIXED_BYTES] = array_at(frame, HEADER_BYTES).ok_or(Fault::Malformed)?;
        let end = HEADER_BYTES + FIXED_BYTES + usize::from(u16::from_be_bytes([fixed[4], fixed[5]]));
        if fixed[0] >> 4 != 6 || end > frame.len() {
            return Err(Fault::Malformed);
        }
        let (protocol, transport) = skip_extensions(&frame[..end], fixed[6], HEADER_BYTES + FIXED_BYTES)?;
        let address = |at| array_at::<16>(&fixed, at).and_then(address::of_octets);
        Ok(Packet {
            source: address(8).ok_or(Fault::Malformed)?,
            destination: address(24).ok_or(Fault::Malformed)?,
            protocol,
            hop_limit: fixed[7],
            transport,
            ..Packet::of_frame(frame, end)
        })
    }

    fn of_frame(frame: &[u8], end: usize) -> Packet {
        Packet {
            source_mac: Mac(array_at(frame, 6).unwrap_or_default()),
            is_link_group: frame.first().is_some_and(|first| first & 1 != 0),
            source: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            destination: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            protocol: 0,
            hop_limit: 0,
            network: HEADER_BYTES,
            transport: end,
            end,
        }
    }

    /// What the packet carries.
    pub(crate) fn payload<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        frame.get(self.transport..self.end).unwrap_or_default()
    }

    /// The ports of the datagram that a packet of UDP carries, and the datagram's length, or `None` where it is none (RFC 768).
    pub(crate) fn datagram(&self, frame: &[u8]) -> Option<(u16, u16, usize)> {
        let datagram = self.payload(frame);
        let length = usize::from(u16_at(datagram, 4)?);
        let (source, destination) = (u16_at(datagram, 0)?, u16_at(datagram, 2)?);
        let is_whole = length >= UDP_HEADER_BYTES && length <= datagram.len() && destination != 0;
        is_whole.then_some((source, destination, length))
    }

    /// Whether what the packet carries is as it was sent, by its checksum.
    pub(crate) fn is_right(&self, frame: &[u8]) -> bool {
        let payload = self.payload(frame);
        let mut checksum = match self.protocol {
            ICMPV4 => Checksum::default(),
            // RFC 768: without a checksum. RFC 8200, section 8.1: not so with IPv6.
            UDP if u16_at(payload, 6) == Some(0) => return self.source.is_ipv4(),
            TCP | UDP | ICMPV6 => {
                Checksum::of_pseudo_header(self.source, self.destination, self.protocol, payload.len())
            }
            _ => return true,
        };
        checksum.add(payload);
        checksum.is_right()
    }

    /// Whether an ICMP error may be sent about it (RFC 1122, section 3.2.2; RFC 4443, section 2.4 (e)).
    pub(crate) fn may_be_reported(&self) -> bool {
        !self.is_link_group && !self.destination.is_multicast() && address::is_host(self.source)
    }
}

/// The protocol after all extension headers, and where it begins.
fn skip_extensions(packet: &[u8], mut protocol: u8, mut at: usize) -> Result<(u8, usize), Fault> {
    /// More than all that there are, each once.
    const MOST: usize = 8;
    for position in 0..MOST {
        match protocol {
            HOP_BY_HOP | DESTINATION_OPTIONS | ROUTING => {
                let bytes = (usize::from(u8_at(packet, at + 1).ok_or(Fault::Malformed)?) + 1) * 8;
                let header = packet.get(at..at + bytes).ok_or(Fault::Malformed)?;
                let is_known = match protocol {
                    HOP_BY_HOP => position == 0 && has_known_options(header),
                    ROUTING => header[3] == 0, // no segments left: the destination was the last one
                    _ => has_known_options(header),
                };
                if !is_known {
                    return Err(Fault::Malformed);
                }
                (protocol, at) = (header[0], at + bytes);
            }
            FRAGMENT => {
                let header: [u8; 8] = array_at(packet, at).ok_or(Fault::Malformed)?;
                // RFC 6946: the first and last fragment in one is a whole packet.
                if u16::from_be_bytes([header[2], header[3]]) & 0xFFF9 != 0 {
                    return Err(Fault::Fragment);
                }
                (protocol, at) = (header[0], at + header.len());
            }
            _ => return Ok((protocol, at)),
        }
    }
    Err(Fault::Malformed)
}

/// Whether all options may be skipped by who does not know them (RFC 8200, section 4.2).
fn has_known_options(header: &[u8]) -> bool {
    let mut at = 2;
    while at < header.len() {
        let kind = header[at];
        if kind == 0 {
            at += 1;
            continue;
        }
        let Some(bytes) = header.get(at + 1) else { return false };
        if kind >> 6 != 0 {
            return false;
        }
        at += 2 + usize::from(*bytes);
    }
    at == header.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum;

    fn ipv4(total: u16, fragment: u16) -> Vec<u8> {
        let mut frame = vec![0; HEADER_BYTES + 28];
        frame[14] = 0x45;
        frame[16..18].copy_from_slice(&total.to_be_bytes());
        frame[20..22].copy_from_slice(&fragment.to_be_bytes());
        (frame[22], frame[23]) = (64, 17);
        let sum = checksum::of(&frame[14..34]);
        frame[24..26].copy_from_slice(&sum.to_be_bytes());
        frame
    }

    /// RFC 791, section 3.1: lengths that contradict each other; RFC 1122, section 3.2.1.2: the checksum.
    #[test]
    fn drops_what_contradicts_itself() {
        assert!(Packet::parse_ipv4(&ipv4(28, 0), false).is_ok());
        assert_eq!(Packet::parse_ipv4(&ipv4(29, 0), false).unwrap_err(), Fault::Malformed);
        assert_eq!(Packet::parse_ipv4(&ipv4(19, 0), false).unwrap_err(), Fault::Malformed);
        assert_eq!(Packet::parse_ipv4(&ipv4(28, 0x2000), false).unwrap_err(), Fault::Fragment);
        assert_eq!(Packet::parse_ipv4(&ipv4(28, 0x0001), false).unwrap_err(), Fault::Fragment);
        assert!(Packet::parse_ipv4(&ipv4(28, 0x4000), false).is_ok());
        let mut frame = ipv4(28, 0);
        frame[22] = 63;
        assert_eq!(Packet::parse_ipv4(&frame, false).unwrap_err(), Fault::Checksum);
        assert!(Packet::parse_ipv4(&frame, true).is_ok());
    }

    fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0; HEADER_BYTES + 40];
        frame[14] = 0x60;
        frame[18..20].copy_from_slice(&(payload.len() as u16).to_be_bytes());
        frame[20] = next;
        frame.extend_from_slice(payload);
        frame
    }

    /// RFC 8200, section 4: extension headers are followed, unknown options obeyed; RFC 6946: atomic fragments.
    #[test]
    fn follows_extension_headers() {
        let router_alert = [UDP, 0, 5, 2, 0, 0, 1, 0, 9, 9];
        let packet = Packet::parse_ipv6(&ipv6(HOP_BY_HOP, &router_alert)).unwrap();
        assert_eq!((packet.protocol, packet.transport), (UDP, HEADER_BYTES + 48));
        let unknown = [UDP, 0, 0xC5, 2, 0, 0, 1, 0];
        assert_eq!(Packet::parse_ipv6(&ipv6(HOP_BY_HOP, &unknown)).unwrap_err(), Fault::Malformed);
        assert_eq!(Packet::parse_ipv6(&ipv6(FRAGMENT, &[TCP, 0, 0, 1, 0, 0, 0, 1])).unwrap_err(), Fault::Fragment);
        assert_eq!(Packet::parse_ipv6(&ipv6(FRAGMENT, &[TCP, 0, 0, 0, 0, 0, 0, 1])).unwrap().protocol, TCP);
        assert_eq!(Packet::parse_ipv6(&ipv6(ROUTING, &[TCP, 0, 0, 1, 0, 0, 0, 1])).unwrap_err(), Fault::Malformed);
        assert_eq!(Packet::parse_ipv6(&ipv6(HOP_BY_HOP, &[TCP, 9, 0, 0])).unwrap_err(), Fault::Malformed);
    }
}
