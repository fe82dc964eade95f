//! One fragment: which packet it is of, and where in it.

use super::Of;
#[cfg(feature = "ipv6")]
use crate::address;
use crate::address::IpAddr;
#[cfg(feature = "ipv6")]
use crate::bytes::u8_at;
use crate::bytes::{array_at, u16_at, u32_at};
use crate::checksum;
use crate::ethernet::{self, HEADER_BYTES};
use core::net::Ipv4Addr;

const IPV4_BYTES: usize = 20;
#[cfg(feature = "ipv6")]
const IPV6_BYTES: usize = 40;
#[cfg(feature = "ipv6")]
const FRAGMENT: u8 = 44;

/// The offsets of a fragment's parts in its frame, whose headers [`Packet`](crate::packet::Packet) has found to be right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// The card is filled in by who knows it.
    pub(super) of: Of,
    /// Where it belongs, in bytes.
    pub(super) offset: usize,
    pub(super) has_more: bool,
    /// The protocol of the packet.
    protocol: u8,
    start: usize,
    end: usize,
}

impl Piece {
    pub(super) fn parse(frame: &[u8]) -> Option<Piece> {
        let piece = match u16_at(frame, 12)? {
            ethernet::IPV4 => Self::parse_ipv4(frame)?,
            #[cfg(feature = "ipv6")]
            ethernet::IPV6 => Self::parse_ipv6(frame)?,
            _ => return None,
        };
        let bytes = piece.bytes(frame).len();
        // All but the last one are of whole units.
        (bytes > 0 && (!piece.has_more || bytes.is_multiple_of(8))).then_some(piece)
    }

    fn parse_ipv4(frame: &[u8]) -> Option<Piece> {
        let fixed: [u8; IPV4_BYTES] = array_at(frame, HEADER_BYTES)?;
        let address = |at| Some(IpAddr::from(Ipv4Addr::from(u32_at(&fixed, at)?)));
        let place = u16_at(&fixed, 6)?;
        let of = Of {
            card: 0,
            source: address(12)?,
            destination: address(16)?,
            protocol: fixed[9],
            identification: u16_at(&fixed, 4)?.into(),
        };
        Some(Piece {
            of,
            offset: usize::from(place & 0x1FFF) * 8,
            has_more: place & 0x2000 != 0,
            protocol: fixed[9],
            start: HEADER_BYTES + usize::from(fixed[0] & 0xF) * 4,
            end: HEADER_BYTES + usize::from(u16_at(&fixed, 2)?),
        })
    }

    #[cfg(feature = "ipv6")]
    fn parse_ipv6(frame: &[u8]) -> Option<Piece> {
        let fixed: [u8; IPV6_BYTES] = array_at(frame, HEADER_BYTES)?;
        let address = |at| array_at::<16>(&fixed, at).and_then(address::of_octets);
        let (mut kind, mut at) = (fixed[6], HEADER_BYTES + IPV6_BYTES);
        // The headers before it are right; a frame without an end of them would not be here.
        while kind != FRAGMENT {
            (kind, at) = (u8_at(frame, at)?, at + (usize::from(u8_at(frame, at + 1)?) + 1) * 8);
        }
        let place = u16_at(frame, at + 2)?;
        let of = Of {
            card: 0,
            source: address(8)?,
            destination: address(24)?,
            protocol: 0,
            identification: u32_at(frame, at + 4)?,
        };
        Some(Piece {
            of,
            offset: usize::from(place & !7),
            has_more: place & 1 != 0,
            protocol: u8_at(frame, at)?,
            start: at + 8,
            end: HEADER_BYTES + IPV6_BYTES + usize::from(u16_at(&fixed, 4)?),
        })
    }

    pub(super) fn bytes<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        frame.get(self.start..self.end).unwrap_or_default()
    }

    /// Copies the headers of the first fragment to the end of this room, those that are not needed again left out; gives where they begin.
    pub(super) fn copy_headers(&self, frame: &[u8], room: &mut [u8]) -> Option<usize> {
        let ip_bytes = if self.of.source.is_ipv4() { IPV4_BYTES } else { 40 };
        let headers = frame.get(..HEADER_BYTES + ip_bytes)?;
        let start = room.len().checked_sub(headers.len())?;
        let place = &mut room[start..];
        place.copy_from_slice(headers);
        let ip = &mut place[HEADER_BYTES..];
        if self.of.source.is_ipv4() {
            ip[0] = 0x45;
            (ip[6], ip[7]) = (0, 0);
        } else {
            ip[6] = self.protocol;
        }
        Some(start)
    }
}

/// Writes the length of the whole packet into its headers, and their checksum.
pub(super) fn finish_headers(headers: &mut [u8], bytes: usize) {
    let ip = &mut headers[HEADER_BYTES..];
    if ip.len() == IPV4_BYTES {
        ip[2..4].copy_from_slice(&((IPV4_BYTES + bytes) as u16).to_be_bytes());
        ip[10..12].fill(0);
        let checksum = checksum::of(ip).to_be_bytes();
        ip[10..12].copy_from_slice(&checksum);
    } else {
        ip[4..6].copy_from_slice(&(bytes as u16).to_be_bytes());
    }
}
