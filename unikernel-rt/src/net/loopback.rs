//! The way from the kernel to itself: 127.0.0.1, and its own addresses, without the card.
//!
//! smoltcp sends everything to the card. What is addressed to the card itself, and questions for the Ethernet address of an
//! address of its own, are kept here and come back as if they had been received. What comes from outside for 127.0.0.0/8 is
//! dropped (RFC 1122, section 3.2.1.3).

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
    /// Keeps a frame that was to be sent.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        let index = (self.first + self.count) % FRAMES;
        if let Some(place) = self.frames[index].get_mut(..bytes.len()).filter(|_| self.count < FRAMES) {
            place.copy_from_slice(bytes);
            self.lengths[index] = bytes.len();
            self.count += 1;
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

/// The port that a frame wants a new connection to, if it does: TCP with SYN and without ACK, right behind an IP header.
#[cfg(feature = "tcp")]
pub(super) fn new_connection(frame: &[u8]) -> Option<u16> {
    const TCP: u8 = 6;
    const SYN: u8 = 2;
    const SYN_ACK: u8 = 0x12;
    let (packet, kind) = (frame.get(14..)?, frame.get(12..14)?);
    let (header_bytes, protocol) = match kind {
        _ if kind == IPV4 => (usize::from(*packet.first()? & 0xf) * 4, *packet.get(9)?),
        #[cfg(feature = "ipv6")]
        _ if kind == IPV6 => (40, *packet.get(6)?),
        _ => return None,
    };
    let segment = packet.get(header_bytes..).filter(|_| protocol == TCP)?;
    let port = u16::from_be_bytes([*segment.get(2)?, *segment.get(3)?]);
    (segment.get(13)? & SYN_ACK == SYN).then_some(port)
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
                loopback.queue.keep(&vec![n + round; usize::from(n) + 10]);
            }
            loopback.queue.keep(&[9; 65]);
            for n in 0..FRAMES as u8 {
                assert!(loopback.receive());
                let (frame, queue) = loopback.parts();
                queue.keep(&[9; 65]);
                assert_eq!(frame, vec![n + round; usize::from(n) + 10]);
            }
            assert!(!loopback.receive());
        }
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
