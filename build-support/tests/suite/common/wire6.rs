//! IPv6 frames as a test makes and reads them, byte by byte.

use std::net::Ipv6Addr;
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::wire::{PEER_MAC, Wire, checksum};

pub(crate) const ICMPV6: u8 = 58;
pub(crate) const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// This side's own address on the link.
pub(crate) const PEER_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

/// A packet that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) mac: [[u8; 6]; 2],
    pub(crate) from: Ipv6Addr,
    pub(crate) to: Ipv6Addr,
    pub(crate) protocol: u8,
    pub(crate) hops: u8,
    pub(crate) payload: Vec<u8>,
}

/// The card's address that multicast goes to.
pub(crate) fn multicast_mac(address: Ipv6Addr) -> [u8; 6] {
    let [.., a, b, c, d] = address.octets();
    [0x33, 0x33, a, b, c, d]
}

/// Where who has an address listens for questions.
pub(crate) fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c])
}

/// The address that follows from a card's.
pub(crate) fn with_prefix(prefix: [u16; 4], mac: [u8; 6]) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac;
    let mut octets = [0, 0, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f];
    octets.chunks_mut(2).zip(prefix).for_each(|(place, word)| place.copy_from_slice(&word.to_be_bytes()));
    Ipv6Addr::from(octets)
}

fn pseudo_header(from: Ipv6Addr, to: Ipv6Addr, protocol: u8, length: usize) -> Vec<u8> {
    [&from.octets()[..], &to.octets(), &(length as u32).to_be_bytes(), &[0, 0, 0, protocol]].concat()
}

/// A frame; the payload's checksum lies at `sum_at`.
pub(crate) fn ipv6(
    mac: [u8; 6],
    [from, to]: [Ipv6Addr; 2],
    protocol: u8,
    hops: u8,
    mut payload: Vec<u8>,
    sum_at: usize,
) -> Vec<u8> {
    let sum = checksum(&[&pseudo_header(from, to, protocol, payload.len()), &payload]);
    payload[sum_at..sum_at + 2].copy_from_slice(&sum.to_be_bytes());
    let length = (payload.len() as u16).to_be_bytes();
    let header = [0x60, 0, 0, 0, length[0], length[1], protocol, hops];
    [&mac[..], &PEER_MAC, &[0x86, 0xdd], &header, &from.octets(), &to.octets(), &payload].concat()
}

/// An ICMPv6 message; its hop limit is that of neighbours.
pub(crate) fn icmp(mac: [u8; 6], addresses: [Ipv6Addr; 2], message: &[&[u8]]) -> Vec<u8> {
    ipv6(mac, addresses, ICMPV6, 255, message.concat(), 2)
}

/// Asks who has an address; from the unspecified one, whether it is taken.
pub(crate) fn question(from: Ipv6Addr, target: Ipv6Addr) -> Vec<u8> {
    let to = solicited_node(target);
    let own: &[u8] = if from.is_unspecified() { &[] } else { &[1, 1, 2, 0, 0, 0, 0, 1] };
    icmp(multicast_mac(to), [from, to], &[&[135, 0, 0, 0, 0, 0, 0, 0], &target.octets(), own])
}

/// Tells that we have an address.
pub(crate) fn answer(mac: [u8; 6], from: Ipv6Addr, to: Ipv6Addr, flags: u8) -> Vec<u8> {
    let own = [2, 1, 2, 0, 0, 0, 0, 1];
    icmp(mac, [from, to], &[&[136, 0, 0, 0, flags, 0, 0, 0], &from.octets(), &own])
}

/// A router tells of itself, for so many seconds, and of a prefix of 64 bits.
pub(crate) fn router(lifetime_s: u16, prefix: [u16; 4], prefix_lifetime_s: u32) -> Vec<u8> {
    let lifetime = lifetime_s.to_be_bytes();
    let prefix: Vec<u8> = prefix.iter().flat_map(|word| word.to_be_bytes()).chain([0; 8]).collect();
    let seconds = prefix_lifetime_s.to_be_bytes();
    let head = [134, 0, 0, 0, 64, 0, lifetime[0], lifetime[1], 0, 0, 0, 0, 0, 0, 0, 0];
    let own = [1, 1, 2, 0, 0, 0, 0, 1];
    let option: [&[u8]; 5] = [&[3, 4, 64, 0xc0], &seconds, &seconds, &[0; 4], &prefix];
    icmp(multicast_mac(ALL_NODES), [PEER_LINK, ALL_NODES], &[&head, &own, &option.concat()])
}

/// An echo request with a pattern that depends on its number.
pub(crate) fn echo(mac: [u8; 6], addresses: [Ipv6Addr; 2], number: u16, payload_bytes: usize) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    let pattern: Vec<u8> = (0..payload_bytes).map(|index| (index as u8).wrapping_mul(11) ^ low).collect();
    ipv6(mac, addresses, ICMPV6, 64, [&[128, 0, 0, 0, 0x56, 0x78, high, low], &pattern[..]].concat(), 2)
}

/// Reads a frame, if it is IPv6; its checksum must be right.
pub(crate) fn read(frame: &[u8]) -> Option<Packet> {
    if frame.len() < 54 || frame[12..14] != [0x86, 0xdd] {
        return None;
    }
    let address = |at: usize| Ipv6Addr::from(<[u8; 16]>::try_from(&frame[at..at + 16]).expect("16 bytes"));
    let (from, to, protocol) = (address(22), address(38), frame[20]);
    let payload = frame[54..][..usize::from(u16::from_be_bytes([frame[18], frame[19]]))].to_vec();
    let pseudo = pseudo_header(from, to, protocol, payload.len());
    assert_eq!(checksum(&[&pseudo, &payload]), 0, "the checksum of {frame:02x?}");
    let mac = |at: usize| <[u8; 6]>::try_from(&frame[at..at + 6]).expect("6 bytes");
    Some(Packet { mac: [mac(0), mac(6)], from, to, protocol, hops: frame[21], payload })
}

/// The next packet that `wanted` takes.
pub(crate) fn wait_for(wire: &Wire, what: &str, wanted: impl Fn(&Packet) -> bool) -> Packet {
    wire.wait_for(what, |frame| read(frame).filter(&wanted))
}

/// Waits until the machine answers for an address; returns its card's.
pub(crate) fn resolve(wire: &Wire, peer: Ipv6Addr, guest: Ipv6Addr) -> [u8; 6] {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        wire.send(&question(peer, guest));
        let again = Instant::now();
        while again.elapsed() < Duration::from_millis(500) {
            let packet = wire.receive(Duration::from_millis(100)).and_then(|frame| read(&frame));
            if let Some(Packet { payload, hops: 255, .. }) = packet
                && payload[0] == 136
                && payload[8..24] == guest.octets()
            {
                assert_eq!(payload[24..26], [2, 1], "its card's address");
                return payload[26..32].try_into().expect("six bytes");
            }
        }
    }
    panic!("nobody has {guest}")
}
