//! Checksums of TCP and UDP (RFC 1071): completed by the device where it can, and looked at only where nobody else has.

use crate::drivers::virtio::net::Checksum;
#[cfg(feature = "tcp")]
use crate::drivers::virtio::net::Cut;

const TYPE: core::ops::Range<usize> = 12..14;
const PACKET: usize = TYPE.end;
const IPV4: [u8; 2] = [0x08, 0x00];
#[cfg(feature = "ipv6")]
const IPV6: [u8; 2] = [0x86, 0xdd];
const TCP: u8 = 6;
const UDP: u8 = 17;
/// How far behind the start of a segment its checksum is.
const TCP_FIELD: usize = 16;

/// What a checksum is over.
struct Covered {
    /// Where it begins and ends in the frame.
    start: usize,
    end: usize,
    /// How far behind the start the field is.
    field: usize,
    /// The sum of the pseudo-header.
    pseudo: u64,
    /// Whether there may be none: UDP over IPv4.
    is_optional: bool,
}

/// Prepares a frame whose checksum is left to the device; nothing where it has none that is.
#[inline]
pub(super) fn begin(frame: &mut [u8]) -> Option<Checksum> {
    let Covered { start, field, pseudo, .. } = covered(frame)?;
    frame.get_mut(start + field..start + field + 2)?.copy_from_slice(&fold(pseudo).to_be_bytes());
    Some(Checksum { start: start as u16, offset: field as u16 })
}

/// Whether a checksum is one of TCP.
#[cfg(feature = "tcp")]
pub(super) fn is_tcp(checksum: Option<Checksum>) -> bool {
    checksum.is_some_and(|checksum| usize::from(checksum.offset) == TCP_FIELD)
}

/// How a frame of TCP, whose checksum is left to the device, is cut into segments.
#[cfg(feature = "tcp")]
pub(super) fn cut(frame: &[u8], checksum: Checksum, segment_bytes: u16) -> Option<Cut> {
    const LENGTH: u16 = 12;
    if !is_tcp(Some(checksum)) {
        return None;
    }
    let length = frame.get(usize::from(checksum.start + LENGTH))? >> 4;
    Some(Cut { header_bytes: checksum.start + u16::from(length) * 4, segment_bytes })
}

/// Completes the checksum of an IPv4 header without options, at the beginning of a packet.
#[cfg(feature = "tcp")]
pub(super) fn complete_ipv4(packet: &mut [u8]) {
    if let Some(header) = packet.first_chunk_mut::<20>() {
        header[10..12].fill(0);
        let sum = fold(sum(header));
        header[10..12].copy_from_slice(&(!sum).to_be_bytes());
    }
}

/// Whether a frame has no checksum, or a right one.
#[inline(never)]
pub(super) fn is_right(frame: &[u8]) -> bool {
    let Some(Covered { start, end, field, pseudo, is_optional }) = covered(frame) else { return true };
    let Some(bytes) = frame.get(start..end).filter(|bytes| bytes.len() >= field + 2) else { return false };
    (is_optional && bytes[field..field + 2] == [0, 0]) || fold(pseudo + sum(bytes)) == u16::MAX
}

#[inline(never)]
fn covered(frame: &[u8]) -> Option<Covered> {
    let packet = frame.get(PACKET..)?;
    if frame[TYPE] == IPV4 {
        let header = packet.first_chunk::<20>()?;
        let (header_bytes, protocol) = (usize::from(header[0] & 0xf) * 4, header[9]);
        let bytes = usize::from(u16::from_be_bytes([header[2], header[3]])).checked_sub(header_bytes)?;
        // Two words each: four of this sum's.
        let [.., a, b, c, d, e, f, g, h] = *header;
        let addresses = u64::from(u32::from_be_bytes([a, b, c, d])) + u64::from(u32::from_be_bytes([e, f, g, h]));
        return of(protocol, PACKET + header_bytes, bytes, addresses, true);
    }
    #[cfg(feature = "ipv6")]
    if frame[TYPE] == IPV6 {
        let header = packet.first_chunk::<40>()?;
        let (mut protocol, mut start) = (header[6], 40);
        let end = 40 + usize::from(u16::from_be_bytes([header[4], header[5]]));
        // The extensions that smoltcp reads, too: hop-by-hop and destination options.
        while let 0 | 60 = protocol {
            let bytes = (usize::from(*packet.get(start + 1)?) + 1) * 8;
            (protocol, start) = (packet[start], start + bytes);
        }
        return of(protocol, PACKET + start, end.checked_sub(start)?, sum(&header[8..40]), false);
    }
    None
}

#[inline]
fn of(protocol: u8, start: usize, bytes: usize, addresses: u64, is_ipv4: bool) -> Option<Covered> {
    let field = match protocol {
        TCP => TCP_FIELD,
        UDP => 6,
        _ => return None,
    };
    let pseudo = addresses + u64::from(protocol) + bytes as u64;
    Some(Covered { start, end: start + bytes, field, pseudo, is_optional: protocol == UDP && is_ipv4 })
}

/// The sum of words, the first byte of each the higher one.
#[inline(never)]
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut sum: u64 = words.iter().map(|word| u64::from(u32::from_be_bytes(*word))).sum();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    sum += u64::from(u32::from_be_bytes(last));
    sum
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;
    use std::vec::Vec;

    fn ipv4(protocol: u8, options: usize, payload: &[u8]) -> Vec<u8> {
        let total = (20 + options * 4 + payload.len()) as u16;
        let mut frame = vec![0; 12];
        frame.extend([8, 0, 0x45 + options as u8, 0, (total >> 8) as u8, total as u8, 0, 0, 0, 0, 64, protocol, 0, 0]);
        frame.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        frame.resize(frame.len() + options * 4, 7);
        frame.extend(payload);
        frame
    }

    /// As the device does it.
    fn complete(frame: &mut [u8], Checksum { start, offset }: Checksum, end: usize) {
        let (start, at) = (usize::from(start), usize::from(start + offset));
        let sum = fold(sum(&frame[start..end]));
        frame[at..at + 2].copy_from_slice(&(!sum).to_be_bytes());
    }

    #[test]
    fn what_is_begun_here_and_completed_by_the_device_is_right() {
        for protocol in [TCP, UDP] {
            for options in [0, 3] {
                for length in 20..70 {
                    let payload: Vec<u8> = (0..length).map(|n: u8| n.wrapping_mul(37) + 1).collect();
                    let mut frame = ipv4(protocol, options, &payload);
                    let end = frame.len();
                    frame.extend([9; 5]); // behind the packet
                    assert!(!is_right(&frame));
                    let checksum = begin(&mut frame).unwrap();
                    assert_eq!(usize::from(checksum.start), 34 + options * 4);
                    complete(&mut frame, checksum, end);
                    assert!(is_right(&frame), "{protocol} {options} {length}");
                    for place in (26..34).chain(34 + options * 4..end) {
                        frame[place] ^= 0x10;
                        assert!(!is_right(&frame), "{protocol} {options} {length} {place}");
                        frame[place] ^= 0x10;
                    }
                }
            }
        }
    }

    #[test]
    fn a_known_checksum() {
        // Summed up by hand: 0x141d of the pseudo-header, 0xd453 of the segment.
        let segment = [0x80, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0x17, 0x8f, 0, 0];
        assert!(is_right(&ipv4(TCP, 0, &segment)));
    }

    #[test]
    fn what_has_none_is_left_alone() {
        let icmp = ipv4(1, 0, &[8, 0, 1, 2, 3, 4, 5, 6]);
        assert!(is_right(&icmp) && begin(&mut icmp.clone()).is_none());
        assert!(is_right(&[]) && is_right(&[0; 14]) && begin(&mut []).is_none());
        let without = ipv4(UDP, 0, &[0, 7, 0, 7, 0, 9, 0, 0, 1]);
        assert!(is_right(&without), "UDP over IPv4 may have none");
        assert!(!is_right(&ipv4(TCP, 0, &[0; 20])), "TCP may not");
    }

    #[test]
    fn lengths_are_not_believed() {
        for protocol in [TCP, UDP] {
            let frame = ipv4(protocol, 2, &[3; 40]);
            for length in 0..frame.len() {
                let _ = begin(&mut frame[..length].to_vec());
                assert!(length < 34 || !is_right(&frame[..length]), "{length}");
            }
            // The packet says that it ends within its header, and that it ends before the field of the checksum.
            let mut frame = frame;
            for (total, expected) in [(0, true), (27, true), (28, false), (29, false), (34, false)] {
                frame[16..18].copy_from_slice(&[0, total]);
                assert_eq!(is_right(&frame), expected, "{total}");
                let _ = begin(&mut frame.clone());
            }
        }
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..10_000 {
            let mut frame = vec![0; random.usize(..80)];
            random.fill(&mut frame);
            if let Some(kind) = frame.get_mut(TYPE) {
                kind.copy_from_slice(&[[8, 0], [0x86, 0xdd]][random.usize(..2)]);
            }
            let _ = (is_right(&frame), begin(&mut frame));
        }
    }
}
