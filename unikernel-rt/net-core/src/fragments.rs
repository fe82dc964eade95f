//! Fragments of packets (RFC 791, section 3.2; RFC 8200, section 4.5), put together in memory that is handed in.
//!
//! A parameter of the stack, [`WithFragments`](crate::WithFragments), so that nothing of it is linked where it is not declared. Packets of up to
//! [`MOST_BYTES`] of UDP to an address of one host: what goes to groups is not put together, and neither is what overlaps (RFC 5722) or contradicts
//! itself. Who sends fragments that never become a packet has half of the memory at most, as long as others want it.

use crate::address::{self, IpAddr};
use crate::ethernet::HEADER_BYTES;
use crate::interface::Interface;
use crate::time::Instant;
use core::time::Duration;
use piece::Piece;

mod memory;
mod piece;

pub(crate) use memory::Fragments;

/// The most bytes of a datagram of UDP that is sent or taken in fragments, its header not counted.
pub const MOST_BYTES: usize = 8192;
/// With the header of UDP.
pub(crate) const PACKET_BYTES: usize = MOST_BYTES + 8;
/// Offsets are in units of eight bytes.
const UNITS: usize = PACKET_BYTES / 8;
/// Ethernet and IPv6; one of IPv4 begins later.
const HEADERS_BYTES: usize = HEADER_BYTES + 40;
/// How long the rest of a packet is waited for (RFC 8200, section 4.5; RFC 1122, section 3.3.2, allows for it).
const TIME: Duration = Duration::from_secs(60);

/// Units of a packet, as bits.
#[derive(Clone, Debug)]
struct Units([u32; UNITS.div_ceil(32)]);

impl Units {
    const NONE: Units = Units([0; UNITS.div_ceil(32)]);

    fn has(&self, unit: usize) -> bool {
        self.0.get(unit / 32).is_some_and(|word| word >> (unit % 32) & 1 != 0)
    }

    fn add(&mut self, unit: usize) {
        if let Some(word) = self.0.get_mut(unit / 32) {
            *word |= 1 << (unit % 32);
        }
    }
}

/// What the fragments of one packet have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Of {
    card: usize,
    source: IpAddr,
    destination: IpAddr,
    /// Of IPv4; part of the identification there.
    protocol: u8,
    identification: u32,
}

/// The memory for one packet.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// The packet that is being put together.
    of: Option<Of>,
    until: Instant,
    /// The units that have come.
    units: Units,
    /// Those of them that a fragment began with.
    starts: Units,
    /// How many bytes have come, and where the last of them ends.
    received: usize,
    highest: usize,
    /// The packet's length, after its end has come.
    total: Option<usize>,
    /// Where the headers begin, after the first fragment has come.
    start: Option<usize>,
    /// Two fragments contradict each other: all that come are dropped.
    is_wrong: bool,
    bytes: [u8; HEADERS_BYTES + PACKET_BYTES],
}

impl Fragment {
    /// Memory of nobody.
    pub const FREE: Fragment = Fragment {
        of: None,
        until: Instant::START,
        units: Units::NONE,
        starts: Units::NONE,
        received: 0,
        highest: 0,
        total: None,
        start: None,
        is_wrong: false,
        bytes: [0; HEADERS_BYTES + PACKET_BYTES],
    };

    fn begin(&mut self, of: Of, now: Instant) {
        self.of = Some(of);
        self.until = now + TIME;
        (self.units, self.starts) = (Units::NONE, Units::NONE);
        (self.received, self.highest, self.total, self.start) = (0, 0, None, None);
        self.is_wrong = false;
    }

    /// The frame of the whole packet, as if it had come in one.
    pub(crate) fn frame(&self) -> &[u8] {
        let end = HEADERS_BYTES + self.total.unwrap_or(0);
        self.bytes.get(self.start.unwrap_or(end)..end).unwrap_or_default()
    }

    /// Takes a piece; whether the packet is whole now.
    fn take(&mut self, frame: &[u8], piece: &Piece) -> bool {
        if self.is_wrong || self.has(frame, piece) {
            return false;
        }
        let (start, end) = (piece.offset, piece.offset + piece.bytes(frame).len());
        let units = start / 8..end.div_ceil(8);
        let overlaps = units.clone().any(|unit| self.units.has(unit));
        let ends_twice = !piece.has_more && self.total.is_some();
        let is_behind_end = self.total.is_some_and(|total| end > total) || !piece.has_more && self.highest > end;
        if overlaps || ends_twice || is_behind_end || end > PACKET_BYTES {
            self.is_wrong = true;
            return false;
        }
        self.bytes[HEADERS_BYTES + start..HEADERS_BYTES + end].copy_from_slice(piece.bytes(frame));
        self.starts.add(units.start);
        units.for_each(|unit| self.units.add(unit));
        self.received += end - start;
        self.highest = self.highest.max(end);
        if !piece.has_more {
            self.total = Some(end);
        }
        if start == 0 {
            self.start = piece.copy_headers(frame, &mut self.bytes[..HEADERS_BYTES]);
        }
        let is_whole = self.total == Some(self.received);
        if let (true, Some(total), Some(start)) = (is_whole, self.total, self.start) {
            piece::finish_headers(&mut self.bytes[start..HEADERS_BYTES], total);
            return true;
        }
        false
    }

    /// Whether this very piece has come: networks duplicate, and that is no attack.
    fn has(&self, frame: &[u8], piece: &Piece) -> bool {
        let (start, end) = (piece.offset, piece.offset + piece.bytes(frame).len());
        let mut units = start / 8..end.div_ceil(8);
        let is_one = self.starts.has(units.start) && (!self.units.has(units.end) || self.starts.has(units.end));
        let is_one = is_one && units.all(|unit| self.units.has(unit) && (unit == start / 8 || !self.starts.has(unit)));
        let is_same_end = piece.has_more != (self.total == Some(end));
        is_one && is_same_end && self.bytes.get(HEADERS_BYTES + start..HEADERS_BYTES + end) == Some(piece.bytes(frame))
    }
}

impl Fragments<'_> {
    /// Takes a frame with a fragment for an address of the card; the packet that is whole now, if one is, and is to be read before the
    /// next call.
    pub(crate) fn take(&mut self, interface: &Interface, card: usize, frame: &[u8], now: Instant) -> Option<usize> {
        let piece = Piece::parse(frame)?;
        let of = Of { card, ..piece.of };
        // Who reads the whole packet looks at more.
        if !address::is_host(of.source) || !interface.has(of.destination) {
            return None;
        }
        let index = self.place(&of, now)?;
        let packet = self.packets.get_mut(index)?;
        if packet.of != Some(of) || packet.until <= now {
            packet.begin(of, now);
        }
        if !packet.take(frame, &piece) {
            return None;
        }
        packet.of = None;
        Some(index)
    }

    /// The memory of a packet, or of what gives way to it: nobody's, else the oldest of who has half of all, else the oldest.
    fn place(&self, of: &Of, now: Instant) -> Option<usize> {
        let known = self.packets.iter().position(|packet| packet.of == Some(*of) && packet.until > now);
        let free = || self.packets.iter().position(|packet| packet.of.is_none() || packet.until <= now);
        known.or_else(free).or_else(|| {
            let oldest = |is_meant: &dyn Fn(&Of) -> bool| {
                let meant =
                    self.packets.iter().enumerate().filter(|(_, packet)| packet.of.as_ref().is_some_and(is_meant));
                meant.min_by_key(|(_, packet)| packet.until).map(|(index, _)| index)
            };
            let owned = |source: IpAddr| {
                self.packets.iter().filter(|packet| packet.of.is_some_and(|other| other.source == source)).count()
            };
            oldest(&|other| 2 * owned(other.source) > self.packets.len()).or_else(|| oldest(&|_| true))
        })
    }
}
