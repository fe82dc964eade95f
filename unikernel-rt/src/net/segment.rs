//! Whose a frame is: what is read of it before smoltcp sees it.
//!
//! smoltcp asks every socket of a set whether a segment is its own. It is therefore given the one socket that has the
//! connection, which is looked up by what is read here. What a frame says is not believed: smoltcp checks all of it again.

use core::net::Ipv4Addr;
#[cfg(feature = "ipv6")]
use core::net::Ipv6Addr;
use smoltcp::wire::{IpAddress, IpEndpoint};

/// Where a frame's type is, and its packet behind that.
const TYPE: core::ops::Range<usize> = 12..14;
const IPV4: [u8; 2] = [0x08, 0x00];
#[cfg(feature = "ipv6")]
const IPV6: [u8; 2] = [0x86, 0xdd];
const TCP: u8 = 6;
const SYN: u8 = 2;

/// The two ends of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ends {
    pub(super) local: IpEndpoint,
    pub(super) remote: IpEndpoint,
}

/// A segment of TCP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Segment {
    pub(super) ends: Ends,
    /// Whether it wants a new connection: SYN without ACK.
    pub(super) opens: bool,
    /// Whether it is the first of its side: SYN.
    pub(super) begins: bool,
    /// Where it is in its frame.
    pub(super) start: usize,
}

impl Segment {
    /// The segment in a frame that has come, if it is one.
    #[inline(never)]
    pub(super) fn in_frame(frame: &[u8]) -> Option<Self> {
        let (header, packet) = frame.split_at_checked(TYPE.end)?;
        if header[TYPE] == IPV4 {
            let address = |at: usize| {
                let bytes = packet.get(at..at + 4)?;
                Some(IpAddress::Ipv4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)))
            };
            let start = usize::from(*packet.first()? & 0xf) * 4;
            if *packet.get(9)? != TCP {
                return None;
            }
            return Self::of(packet, start, address(16)?, address(12)?);
        }
        #[cfg(feature = "ipv6")]
        if header[TYPE] == IPV6 {
            let address = |at: usize| {
                let bytes = packet.get(at..at + 16)?;
                Some(IpAddress::Ipv6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)))
            };
            return Self::of(packet, behind_extensions(packet)?, address(24)?, address(8)?);
        }
        None
    }

    #[inline]
    fn of(packet: &[u8], start: usize, to: IpAddress, from: IpAddress) -> Option<Self> {
        const SYN_ACK: u8 = 0x12;
        let [from_high, from_low, to_high, to_low, .., flags] = *packet.get(start..)?.first_chunk::<14>()?;
        let local = IpEndpoint::new(to, u16::from_be_bytes([to_high, to_low]));
        let remote = IpEndpoint::new(from, u16::from_be_bytes([from_high, from_low]));
        let (opens, begins) = (flags & SYN_ACK == SYN, flags & SYN != 0);
        Some(Segment { ends: Ends { local, remote }, opens, begins, start: TYPE.end + start })
    }
}

/// Where the segment of an IPv6 packet is, if it has one, behind the headers that smoltcp reads too (RFC 8200, section 4).
#[cfg(feature = "ipv6")]
fn behind_extensions(packet: &[u8]) -> Option<usize> {
    const HOP_BY_HOP: u8 = 0;
    const DESTINATION: u8 = 60;
    let (mut next, mut start) = (*packet.get(6)?, 40);
    while let HOP_BY_HOP | DESTINATION = next {
        let bytes = (usize::from(*packet.get(start + 1)?) + 1) * 8;
        (next, start) = (packet[start], start + bytes);
    }
    (next == TCP).then_some(start)
}

/// Whether the segment that begins at `start` is the first of its side.
#[inline]
pub(super) fn begins(frame: &[u8], start: usize) -> bool {
    frame.get(start + 13).is_some_and(|flags| flags & SYN != 0)
}

/// The number that the segment at `start` acknowledges, if that is all it says: it has no data, and no flags but ACK and PSH.
pub(super) fn acknowledgement_alone(frame: &[u8], start: usize) -> Option<u32> {
    const ACK_PSH: u8 = 0x18;
    const ACK: u8 = 0x10;
    let packet_bytes = match frame.get(TYPE)? {
        [0x08, 0x00] => u16::from_be_bytes(*frame.get(16..)?.first_chunk()?).into(),
        _ => 40 + usize::from(u16::from_be_bytes(*frame.get(18..)?.first_chunk()?)),
    };
    let [_, _, _, _, _, _, _, _, number @ .., length, flags] = *frame.get(start..)?.first_chunk::<14>()?;
    let header_bytes = usize::from(length >> 4) * 4;
    let is_alone = start + header_bytes == TYPE.end + packet_bytes && (flags | ACK_PSH) == ACK_PSH && flags & ACK != 0;
    is_alone.then_some(u32::from_be_bytes(number))
}

/// Where the first segment of a side, at `start`, says how long segments to it may be (RFC 9293, section 3.7.1).
#[inline(never)]
pub(super) fn longest(frame: &mut [u8], start: usize) -> Option<&mut [u8; 2]> {
    const END: u8 = 0;
    const NOTHING: u8 = 1;
    const LONGEST: [u8; 2] = [2, 4];
    let header = frame.get_mut(start..)?;
    let header_bytes = usize::from(header.get(12)? >> 4) * 4;
    let header = header.get_mut(..header_bytes)?;
    let mut at = 20;
    loop {
        match *header.get(at)? {
            END => return None,
            NOTHING => at += 1,
            _ if header.get(at..at + 2)? == LONGEST => return header.get_mut(at + 2..)?.first_chunk_mut(),
            _ => at += usize::from(*header.get(at + 1)?).max(2),
        }
    }
}

/// Whether a frame may tell where a neighbour is on the Ethernet: an answer of ARP, or its successor in IPv6. (A question tells
/// it, too, but comes by itself only, and then what waits tries again soon enough.)
pub(super) fn tells_of_neighbour(frame: &[u8]) -> bool {
    const ARP: [u8; 2] = [0x08, 0x06];
    const ANSWER: [u8; 2] = [0, 2];
    match frame.get(TYPE) {
        Some(kind) if kind == ARP => frame.get(20..22) == Some(&ANSWER),
        #[cfg(feature = "ipv6")]
        Some(kind) if kind == IPV6 => {
            const ICMP: u8 = 58;
            const ADVERTISEMENT: u8 = 136;
            frame.get(20) == Some(&ICMP) && frame.get(54) == Some(&ADVERTISEMENT)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;
    use std::vec::Vec;

    fn ipv4(options: usize, protocol: u8, flags: u8) -> Vec<u8> {
        let mut frame = vec![0; 14];
        frame[12] = 8;
        frame.extend([0x45 + options as u8, 0, 0, 40, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        frame.resize(frame.len() + options * 4, 0);
        frame.extend([0x12, 0x34, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
        frame
    }

    fn end(address: impl Into<IpAddress>, port: u16) -> IpEndpoint {
        IpEndpoint::new(address.into(), port)
    }

    #[test]
    fn segments_are_found_behind_every_header() {
        let ends = Ends { local: end(Ipv4Addr::new(10, 0, 0, 2), 80), remote: end(Ipv4Addr::new(10, 0, 0, 1), 0x1234) };
        for options in [0, 1, 10] {
            let frame = ipv4(options, TCP, 2);
            let start = 34 + options * 4;
            assert_eq!(Segment::in_frame(&frame), Some(Segment { ends, opens: true, begins: true, start }));
            for length in 0..frame.len() - 6 {
                assert_eq!(Segment::in_frame(&frame[..length]), None, "{length} bytes");
            }
        }
        let all = [(2, true, true), (0xc2, true, true), (0x12, false, true), (0x10, false, false), (4, false, false)];
        for (flags, opens, begins) in all {
            assert_eq!(Segment::in_frame(&ipv4(0, TCP, flags)), Some(Segment { ends, opens, begins, start: 34 }));
        }
        assert_eq!(Segment::in_frame(&ipv4(0, 17, 2)), None);
    }

    #[cfg(feature = "ipv6")]
    #[test]
    fn segments_are_found_in_ipv6() {
        let (local, remote) = (Ipv6Addr::new(1, 0, 0, 0, 0, 0, 0, 2), Ipv6Addr::new(1, 0, 0, 0, 0, 0, 0, 1));
        let packet = |extensions: &[&[u8]], first: u8| {
            let mut frame = vec![0; 14];
            frame[12..14].copy_from_slice(&IPV6);
            frame.extend([0x60, 0, 0, 0, 0, 0, first, 64]);
            frame.extend(remote.octets().iter().chain(&local.octets()));
            frame.extend(extensions.concat());
            frame.extend([0x12, 0x34, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0]);
            frame
        };
        let ends = Ends { local: end(local, 80), remote: end(remote, 0x1234) };
        let found = |start| Some(Segment { ends, opens: true, begins: true, start });
        assert_eq!(Segment::in_frame(&packet(&[], TCP)), found(54));
        let options: [&[u8]; 2] = [&[60, 0, 0, 0, 0, 0, 0, 0], &[TCP, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]];
        let frame = packet(&options, 0);
        assert_eq!(Segment::in_frame(&frame), found(78));
        for length in 0..frame.len() - 2 {
            assert_eq!(Segment::in_frame(&frame[..length]), None, "{length} bytes");
        }
        assert_eq!(Segment::in_frame(&packet(&[], 58)), None);
    }

    #[test]
    fn how_long_segments_may_be() {
        let with = |options: &[u8]| {
            let mut frame = ipv4(0, TCP, 2);
            frame.extend(options);
            frame[46] = ((20 + options.len()) as u8 / 4) << 4;
            frame
        };
        let found = |options: &[u8]| longest(&mut with(options), 34).copied();
        assert_eq!(found(&[2, 4, 5, 0xb4]), Some([5, 0xb4]));
        assert_eq!(found(&[1, 3, 3, 7, 2, 4, 5, 0xb4]), Some([5, 0xb4]));
        assert_eq!(found(&[0, 0, 0, 0, 2, 4, 5, 0xb4]), None, "behind the end");
        assert_eq!(found(&[]), None);
        let mut data = ipv4(0, TCP, 2);
        data.extend([2, 4, 5, 0xb4]);
        assert_eq!(longest(&mut data, 34), None, "behind the header");
        for options in [[9, 0, 9, 0], [1, 1, 1, 2], [1, 1, 2, 4], [8, 255, 2, 4], [2, 3, 5, 0]] {
            assert_eq!(found(&options), None, "{options:?}");
        }
        let frame = with(&[2, 4, 5, 0xb4]);
        for length in 0..frame.len() {
            assert_eq!(longest(&mut frame[..length].to_vec(), 34), None, "{length}");
            let _ = begins(&frame[..length], 34);
        }
        assert!(begins(&frame, 34) && !begins(&ipv4(0, TCP, 0x10), 34));
    }

    #[test]
    fn acknowledgements_alone() {
        let with = |flags: u8, payload: usize, padding: usize| {
            let mut frame = ipv4(1, TCP, flags);
            frame[17] = (44 + payload) as u8;
            frame[46..50].copy_from_slice(&[1, 2, 3, 4]);
            frame.resize(frame.len() + payload + padding, 0);
            acknowledgement_alone(&frame, 38)
        };
        for flags in 0..64 {
            let is_alone = flags & 0x17 == 0x10 && flags & 0x20 == 0;
            assert_eq!(with(flags, 0, 0), is_alone.then_some(0x0102_0304), "{flags:#x}");
        }
        assert_eq!((with(0x10, 1, 0), with(0x10, 0, 2)), (None, Some(0x0102_0304)), "padding is no payload");
        let mut six = vec![0; 54];
        six[12..14].copy_from_slice(&[0x86, 0xdd]);
        six[19] = 20;
        six.extend([0x12, 0x34, 0, 80, 0, 0, 0, 1, 0, 0, 0, 9, 0x50, 0x10, 0, 0, 0, 0, 0, 0]);
        assert_eq!(acknowledgement_alone(&six, 54), Some(9));
        six[19] = 21;
        assert_eq!(acknowledgement_alone(&six, 54), None);
        for length in 0..six.len() {
            let _ = acknowledgement_alone(&six[..length], 54);
        }
    }

    #[test]
    fn neighbours() {
        let mut frame = vec![0; 42];
        assert!(!tells_of_neighbour(&frame) && !tells_of_neighbour(&[]));
        frame[12..14].copy_from_slice(&[8, 6]);
        assert!(!tells_of_neighbour(&frame));
        frame[21] = 2;
        assert!(tells_of_neighbour(&frame) && !tells_of_neighbour(&frame[..21]));
    }
}
