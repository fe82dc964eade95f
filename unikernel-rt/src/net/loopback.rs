//! The way from the kernel to itself: 127.0.0.1, and its own addresses, without the card.
//!
//! smoltcp sends everything to the card. What is addressed to the card itself, and questions for the Ethernet address of an
//! address of its own, are kept here and come back as if they had been received. What comes from outside for 127.0.0.0/8 is
//! dropped (RFC 1122, section 3.2.1.3).

use crate::drivers::virtio::net::Cut;
use core::net::Ipv4Addr;

/// How many frames can be under way to itself; more are lost, as on any network.
pub(super) const FRAMES: usize = 16;

/// Frames that are under way, the oldest first.
pub(super) struct Queue {
    frames: [&'static mut [u8]; FRAMES],
    lengths: [usize; FRAMES],
    first: usize,
    count: usize,
}

/// Frames that are under way, and the one that has come.
pub(crate) struct Loopback {
    pub(super) queue: Queue,
    current: &'static mut [u8],
    current_length: usize,
}

const ARP: [u8; 2] = [0x08, 0x06];
const IPV4: [u8; 2] = [0x08, 0x00];
#[cfg(feature = "ipv6")]
const IPV6: [u8; 2] = [0x86, 0xdd];

impl Loopback {
    /// Nothing under way; `FRAMES` and one more pieces of memory are taken.
    pub(super) fn new(mut pieces: impl Iterator<Item = &'static mut [u8]>) -> Self {
        let mut piece = move || pieces.next().unwrap_or_default();
        let current = piece();
        let frames = core::array::from_fn(|_| piece());
        Loopback { queue: Queue { frames, lengths: [0; FRAMES], first: 0, count: 0 }, current, current_length: 0 }
    }

    /// Whether a frame is under way.
    #[inline]
    pub(super) fn has_frame(&self) -> bool {
        self.queue.count > 0
    }

    /// Whether a frame has come, which then is [`Loopback::parts`]' first.
    #[inline]
    pub(super) fn receive(&mut self) -> bool {
        let Queue { frames, lengths, first, count } = &mut self.queue;
        if *count == 0 {
            return false;
        }
        core::mem::swap(&mut self.current, &mut frames[*first]);
        self.current_length = lengths[*first];
        *first = (*first + 1) % FRAMES;
        *count -= 1;
        true
    }

    /// The frame that has come, and where others are kept meanwhile.
    pub(super) fn parts(&mut self) -> (&mut [u8], &mut Queue) {
        (self.current.get_mut(..self.current_length).unwrap_or_default(), &mut self.queue)
    }
}

impl Queue {
    /// Keeps a frame that was to be sent, in the segments that a device would have cut it into.
    pub(super) fn keep(&mut self, frame: &[u8], cut: Option<Cut>) {
        #[cfg(feature = "tcp")]
        if let Some(cut) = cut {
            return self.keep_cut(frame, cut);
        }
        let _ = cut;
        self.keep_one(frame.len(), |place| place.copy_from_slice(frame));
    }

    fn keep_one(&mut self, bytes: usize, write: impl FnOnce(&mut [u8])) {
        let index = (self.first + self.count) % FRAMES;
        if let Some(place) = self.frames[index].get_mut(..bytes).filter(|_| self.count < FRAMES) {
            write(place);
            self.lengths[index] = bytes;
            self.count += 1;
        }
    }

    /// Keeps a frame as segments of TCP over IPv4. Nobody looks at their checksums, but at those of IPv4.
    #[cfg(feature = "tcp")]
    #[inline(never)]
    fn keep_cut(&mut self, frame: &[u8], Cut { header_bytes, segment_bytes }: Cut) {
        const PACKET: usize = 14;
        const SEGMENT: usize = PACKET + 20;
        const FINISH_AND_PUSH: u8 = 9;
        let Some((header, payload)) = frame.split_at_checked(header_bytes.into()) else { return };
        let mut pieces = payload.chunks(usize::from(segment_bytes).max(1)).peekable();
        let mut sent = 0;
        while let Some(piece) = pieces.next() {
            let bytes = header.len() + piece.len();
            self.keep_one(bytes, |place| {
                let (place_of_header, rest) = place.split_at_mut(header.len());
                place_of_header.copy_from_slice(header);
                rest.copy_from_slice(piece);
                let Some(header) = place_of_header.first_chunk_mut::<{ SEGMENT + 20 }>() else { return };
                [header[PACKET + 2], header[PACKET + 3]] = ((bytes - PACKET) as u16).to_be_bytes();
                let [.., a, b, c, d] = *header.first_chunk::<{ SEGMENT + 8 }>().unwrap_or(&[0; SEGMENT + 8]);
                let number = u32::from_be_bytes([a, b, c, d]).wrapping_add(sent);
                header[SEGMENT + 4..SEGMENT + 8].copy_from_slice(&number.to_be_bytes());
                if pieces.peek().is_some() {
                    header[SEGMENT + 13] &= !FINISH_AND_PUSH;
                }
                super::checksum::complete_ipv4(&mut header[PACKET..]);
            });
            sent += piece.len() as u32;
        }
    }
}

/// Whether a frame that is to be sent comes back.
#[inline]
pub(super) fn comes_back(frame: &[u8], mac: [u8; 6], is_own: impl Fn(Ipv4Addr) -> bool) -> bool {
    let Some((destination, rest)) = frame.split_first_chunk::<6>() else { return false };
    if *destination == mac {
        return true;
    }
    // Source, type, and the ARP packet, whose target is at its end.
    rest.get(6..8) == Some(&ARP)
        && rest
            .get(32..36)
            .is_some_and(|target| target.try_into().is_ok_and(|target: [u8; 4]| is_own(Ipv4Addr::from(target))))
}

/// Whether a frame from outside pretends to be from or for this machine alone.
#[inline]
pub(super) fn is_martian(frame: &[u8]) -> bool {
    const LOOPBACK: u8 = 127;
    #[cfg(feature = "ipv6")]
    if frame.get(12..14) == Some(&IPV6) {
        let loopback = core::net::Ipv6Addr::LOCALHOST.octets();
        return frame.get(22..38) == Some(&loopback) || frame.get(38..54) == Some(&loopback);
    }
    frame.get(12..14) == Some(&IPV4) && (frame.get(26) == Some(&LOOPBACK) || frame.get(30) == Some(&LOOPBACK))
}

/// Whether a frame tells that nobody has a port of UDP (RFC 792, type 3, code 3): what is not wanted is dropped in silence.
#[inline]
pub(super) fn is_port_unreachable(frame: &[u8]) -> bool {
    const ICMP: u8 = 1;
    #[cfg(feature = "ipv6")]
    if frame.get(12..14) == Some(&IPV6) {
        const ICMPV6: u8 = 58;
        return frame.get(54..56) == Some(&[1, 4]) && frame.get(20) == Some(&ICMPV6); // RFC 4443, section 3.1
    }
    frame.get(34..36) == Some(&[3, 3]) && frame.get(23) == Some(&ICMP) && frame.get(12..14) == Some(&IPV4)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;

    #[test]
    fn frames_come_back_in_order_and_those_beyond_are_lost() {
        let mut loopback = Loopback::new((0..=FRAMES).map(|_| &mut *vec![0; 64].leak()));
        for round in 0..5_u8 {
            for n in 0..20 {
                loopback.queue.keep(&vec![n + round; usize::from(n) + 10], None);
            }
            loopback.queue.keep(&[9; 65], None);
            for n in 0..FRAMES as u8 {
                assert!(loopback.receive());
                let (frame, queue) = loopback.parts();
                queue.keep(&[9; 65], None);
                assert_eq!(frame, vec![n + round; usize::from(n) + 10]);
            }
            assert!(!loopback.receive());
        }
    }

    #[cfg(feature = "tcp")]
    #[test]
    fn what_a_device_would_cut_comes_back_in_segments() {
        let mut loopback = Loopback::new((0..=FRAMES).map(|_| &mut *vec![0; 100].leak()));
        let mut frame = vec![0; 54];
        frame[12..15].copy_from_slice(&[8, 0, 0x45]);
        frame[38..42].copy_from_slice(&0xffff_fff0_u32.to_be_bytes());
        frame[47] = 0x19;
        frame.extend(0..100);
        loopback.queue.keep(&frame, Some(Cut { header_bytes: 54, segment_bytes: 40 }));
        let expected = [(0..40, 0xffff_fff0_u32, 0x10), (40..80, 0x18, 0x10), (80..100, 0x40, 0x19)];
        for (bytes, number, flags) in expected {
            assert!(loopback.receive());
            let (segment, _) = loopback.parts();
            assert_eq!(segment[54..], bytes.collect::<std::vec::Vec<u8>>());
            assert_eq!((&segment[38..42], segment[47]), (&number.to_be_bytes()[..], flags));
            assert_eq!(usize::from(segment[17]), segment.len() - 14);
            let sum: u32 = segment[14..34].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
            assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff, "the header's checksum");
        }
        assert!(!loopback.receive());
    }

    #[test]
    fn what_is_for_itself_comes_back() {
        const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
        let own = Ipv4Addr::new(10, 0, 0, 2);
        let mut frame = vec![0xff; 42];
        assert!(!comes_back(&frame, MAC, |address| address == own));
        frame[12..14].copy_from_slice(&ARP);
        assert!(!comes_back(&frame, MAC, |address| address == own));
        frame[38..42].copy_from_slice(&own.octets());
        assert!(comes_back(&frame, MAC, |address| address == own));
        frame[12] = 0;
        assert!(!comes_back(&frame, MAC, |address| address == own));
        frame[..6].copy_from_slice(&MAC);
        assert!(comes_back(&frame, MAC, |_| false));
        assert!(!comes_back(&frame[..5], MAC, |_| true) && !comes_back(&[], MAC, |_| true));
    }

    #[test]
    fn martians() {
        let mut frame = vec![0; 34];
        frame[12..14].copy_from_slice(&IPV4);
        assert!(!is_martian(&frame) && !is_martian(&[]) && !is_martian(&frame[..20]));
        frame[30] = 127;
        assert!(is_martian(&frame));
        frame[30] = 10;
        frame[26] = 127;
        assert!(is_martian(&frame));
    }
}
