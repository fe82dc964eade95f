//! Packets that are longer than the way to their destination takes: sent in fragments, where that is declared.

use super::{Link, Outgoing, write_checksum};
use crate::address::IpAddr;
use crate::card::{Card, Payload};
use crate::error::Error;
use crate::ethernet;
use crate::families::Families;
use crate::fragments::{Fragment, PACKET_BYTES};
use crate::hash::Purpose;
use crate::header::Header;
use crate::path::Path;
use crate::time::Instant;

/// The most bytes of a fragment, whatever the card takes: it is copied on the stack.
const MOST_MTU: usize = 1500;

impl<'m, F: Families> Link<'m, F> {
    /// Hands in the memory for packets that come in fragments, one place for each; of use with [`WithFragments`](crate::WithFragments).
    pub fn set_fragments(&mut self, packets: &'m mut [Fragment]) {
        self.fragments.restore(packets);
    }
}

impl<'m, F: Families> Link<'m, F> {
    /// Sends a packet of `bytes`, whose protocol's header is in `header`, in as many fragments as it takes.
    #[cold]
    pub(super) fn send_fragments<C: Card>(
        &mut self,
        cards: &mut [C],
        path: &mut Path,
        header: &mut Header,
        outgoing: &Outgoing<'_>,
        bytes: usize,
        now: Instant,
    ) -> Result<(), Error> {
        if bytes > PACKET_BYTES {
            return Err(Error::MessageTooLarge);
        }
        // No card sums up what is cut already.
        write_checksum(path, header, outgoing, bytes, false);
        let addresses = [path.source, path.destination];
        // From a number that nobody can guess on, each packet has the next one (RFC 7739, section 5.3).
        let first = self.key.hash(Purpose::Fragment, &addresses, 0) as u32;
        let identification = first.wrapping_add(self.fragments.next_number());
        let most = (usize::from(path.mtu).min(MOST_MTU) - headers_bytes(path)) & !7;
        let mut at = 0;
        while at < bytes {
            // Only the first is waited for: whoever tried again after others would send those again, too.
            if !cards.get_mut(path.card()).is_some_and(Card::has_room) && at == 0 {
                return Err(Error::WouldBlock);
            }
            let end = (at + most).min(bytes);
            let mut part = [0; MOST_MTU];
            let parts = core::iter::once(header.as_bytes()).chain(outgoing.payload.iter().map(Payload::bytes));
            copy(parts, at, &mut part[..end - at]);
            let place = FragmentPlace { identification, offset: at, has_more: end < bytes, bytes: end - at };
            let mut headers = Header::new();
            let kind = place.prepend(path, outgoing, &mut headers);
            self.put(cards, path, &mut headers, &[Payload::Borrowed(&part[..end - at])], None, kind, now)?;
            at = end;
        }
        Ok(())
    }
}

/// The bytes of a fragment's headers.
fn headers_bytes(path: &Path) -> usize {
    if path.destination.is_ipv4() { 20 } else { 40 + 8 }
}

/// Copies what begins at an offset of parts that follow each other.
fn copy<'a>(parts: impl Iterator<Item = &'a [u8]>, mut skip: usize, mut to: &mut [u8]) {
    for part in parts {
        let part = part.get(skip..).unwrap_or_else(|| {
            skip -= part.len();
            &[]
        });
        if part.is_empty() {
            continue;
        }
        skip = 0;
        let count = part.len().min(to.len());
        let (place, rest) = to.split_at_mut(count);
        place.copy_from_slice(&part[..count]);
        to = rest;
    }
}

/// Where a fragment is in its packet.
struct FragmentPlace {
    identification: u32,
    offset: usize,
    has_more: bool,
    bytes: usize,
}

impl FragmentPlace {
    /// Puts the headers of IP before it; gives the EtherType.
    fn prepend(&self, path: &Path, outgoing: &Outgoing<'_>, header: &mut Header) -> u16 {
        match (path.source, path.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let mut ip = [0; 20];
                ip[0] = 0x45;
                ip[2..4].copy_from_slice(&((20 + self.bytes) as u16).to_be_bytes());
                ip[4..6].copy_from_slice(&(self.identification as u16).to_be_bytes());
                let place = (self.offset / 8) as u16 | u16::from(self.has_more) << 13;
                ip[6..8].copy_from_slice(&place.to_be_bytes());
                (ip[8], ip[9]) = (outgoing.hop_limit, outgoing.protocol);
                ip[12..16].copy_from_slice(&source.octets());
                ip[16..].copy_from_slice(&destination.octets());
                let checksum = crate::checksum::of(&ip).to_be_bytes();
                ip[10..12].copy_from_slice(&checksum);
                header.prepend(&ip);
                ethernet::IPV4
            }
            #[cfg(feature = "ipv6")]
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                const FRAGMENT: u8 = 44;
                let mut ip = [0; 48];
                ip[0] = 0x60;
                ip[4..6].copy_from_slice(&((8 + self.bytes) as u16).to_be_bytes());
                (ip[6], ip[7]) = (FRAGMENT, outgoing.hop_limit);
                ip[8..24].copy_from_slice(&source.octets());
                ip[24..40].copy_from_slice(&destination.octets());
                ip[40] = outgoing.protocol;
                ip[42..44].copy_from_slice(&(self.offset as u16 | u16::from(self.has_more)).to_be_bytes());
                ip[44..].copy_from_slice(&self.identification.to_be_bytes());
                header.prepend(&ip);
                ethernet::IPV6
            }
            _ => ethernet::IPV4,
        }
    }
}
