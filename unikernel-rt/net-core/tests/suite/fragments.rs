//! Fragments of both families: RFC 791, section 3.2; RFC 8200, section 4.5; RFC 5722.

use crate::frames::{advertisement, arp, ethernet, read_ip, read_udp, udp};
use crate::host::{Memory, Sizes, TestCard, mac};
use core::time::Duration;
use smoltcp::wire::{ArpOperation, EthernetProtocol, IpProtocol, Ipv4Packet, NdiscNeighborFlags};
use std::collections::BTreeMap;
use unikernel_net::{
    DualStack, Error, Fragment, Instant, Key, Mac, Payload, Prefix, Stack, Udp, UdpHandle, WithFragments,
};

const ADDRESSES: [(&str, &str); 2] = [("10.0.0.2", "10.0.0.9"), ("2001:db8::2", "2001:db8::9")];

struct Host<'m> {
    stack: Stack<'m, WithFragments<DualStack>, Udp<'m>>,
    cards: Vec<TestCard>,
    now: Instant,
    socket: UdpHandle,
}

impl<'m> Host<'m> {
    fn new(memory: &'m mut Memory, packets: &'m mut [Fragment]) -> Self {
        let (link, pool, udp) = memory.parts();
        let mut stack = Stack::new(link, pool, udp, Key([7; 16]));
        stack.link().set_fragments(packets);
        for (address, bits) in [("10.0.0.2", 24), ("2001:db8::2", 64)] {
            stack.link().add_address(0, Prefix::new(address.parse().unwrap(), bits).unwrap()).unwrap();
        }
        let (mut cards, now) = (vec![TestCard::default()], Instant::from_micros(1_000_000));
        let (udp, mut context) = stack.split(&mut cards, now);
        let socket = udp.bind(&mut context, "[::]:9".parse().unwrap()).unwrap();
        let mut host = Host { stack, cards, now, socket };
        // Both are neighbours that have been heard of.
        host.receive(&arp(ArpOperation::Request, Mac::BROADCAST, (mac(9), "10.0.0.9"), (mac(0), "10.0.0.2")));
        let _ = host.send("[2001:db8::9]:9", b"who is it");
        host.receive(&advertisement((mac(9), mac(1)), "2001:db8::9", "2001:db8::2", NdiscNeighborFlags::SOLICITED));
        host.cards[0].sent.clear();
        host
    }

    fn receive(&mut self, frame: &[u8]) {
        self.stack.receive(&mut self.cards, 0, frame, false, self.now);
    }

    /// Sends from its socket; the frames.
    fn send(&mut self, to: &str, payload: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let (udp, mut context) = self.stack.split(&mut self.cards, self.now);
        // In parts of which some are of no bytes.
        let (first, second) = payload.split_at(payload.len() / 3);
        let parts = [Payload::Borrowed(first), Payload::Borrowed(&[]), Payload::Borrowed(second)];
        udp.send(&mut context, self.socket, &parts, Some(to.parse().unwrap()))?;
        Ok(core::mem::take(&mut self.cards[0].sent))
    }

    /// The datagrams that have come.
    fn received(&mut self) -> Vec<Vec<u8>> {
        let (udp, mut context) = self.stack.split(&mut self.cards, self.now);
        let mut buffer = [0; 9000];
        let next =
            || udp.receive_from(&mut context, self.socket, &mut buffer).ok().map(|got| buffer[..got.bytes].to_vec());
        core::iter::from_fn(next).collect()
    }
}

/// A fragment: identification, offset, whether more follow, protocol, and its bytes.
type Parts = (u32, usize, bool, u8, Vec<u8>);

/// What a frame has of a packet; none where it is whole.
fn read_fragment(frame: &[u8]) -> Option<Parts> {
    let sent = read_ip(frame).expect("IP");
    assert!(frame.len() <= 1514, "{}", frame.len());
    if sent.source.is_ipv4() {
        let packet = Ipv4Packet::new_checked(&frame[14..]).unwrap();
        let (offset, more) = (usize::from(packet.frag_offset()), packet.more_frags());
        let whole = packet.dont_frag() && offset == 0 && !more;
        return (!whole).then(|| (packet.ident().into(), offset, more, packet.next_header().into(), sent.payload));
    }
    (sent.protocol == IpProtocol::Ipv6Frag).then(|| {
        let place = u16::from_be_bytes([sent.payload[2], sent.payload[3]]);
        let identification = u32::from_be_bytes(*sent.payload[4..].first_chunk().unwrap());
        (identification, usize::from(place & !7), place & 1 != 0, sent.payload[0], sent.payload[8..].to_vec())
    })
}

/// A fragment in a frame, of a packet of the other host's.
fn fragment(family: usize, (identification, offset, more, protocol, bytes): Parts) -> Vec<u8> {
    let (to, from) = ADDRESSES[family];
    let (from, to): (core::net::IpAddr, core::net::IpAddr) = (from.parse().unwrap(), to.parse().unwrap());
    if family == 1 {
        let place = (offset as u16 | u16::from(more)).to_be_bytes();
        let header = [&[protocol, 0, place[0], place[1]][..], &identification.to_be_bytes()].concat();
        return crate::frames::ip((mac(9), mac(1)), from, to, IpProtocol::Ipv6Frag, 64, &[header, bytes].concat());
    }
    let mut frame = crate::frames::ip((mac(9), mac(1)), from, to, protocol.into(), 64, &bytes);
    let mut packet = Ipv4Packet::new_unchecked(&mut frame[14..]);
    packet.set_ident(identification as u16);
    packet.set_frag_offset(offset as u16);
    packet.set_more_frags(more);
    packet.set_dont_frag(false);
    packet.fill_checksum();
    frame
}

/// A datagram to the host in fragments of so many bytes.
fn fragments(family: usize, identification: u32, payload: &[u8], each: usize) -> Vec<Parts> {
    let (to, from) = ADDRESSES[family];
    let frame = udp((mac(9), mac(1)), (from, 9), (to, 9), payload);
    let packet = read_ip(&frame).unwrap().payload;
    let parts = packet.chunks(each).enumerate().map(|(index, bytes)| {
        let offset = index * each;
        (identification, offset, offset + bytes.len() < packet.len(), 17, bytes.to_vec())
    });
    parts.collect()
}

fn payload(bytes: usize) -> Vec<u8> {
    (0..bytes as u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

/// What is longer than the card takes goes in fragments that others put together, up to 8,192 bytes; what fits goes as ever.
#[test]
fn long_datagrams_go_in_fragments() {
    let (mut memory, mut packets) = (Memory::new(&Sizes::default()), vec![Fragment::FREE; 4]);
    let mut host = Host::new(&mut memory, &mut packets);
    let mut numbers = Vec::new();
    for (family, to, fits) in [(0, "10.0.0.9:9", 1472), (1, "[2001:db8::9]:9", 1452)] {
        for bytes in [0, 1, fits, fits + 1, 1480, 2960, 2961, 4000, 8191, 8192] {
            let sent = host.send(to, &payload(bytes)).unwrap();
            if bytes <= fits {
                let [frame] = &sent[..] else { panic!("{bytes}: {sent:?}") };
                assert!(read_fragment(frame).is_none(), "{bytes}");
                assert_eq!(read_udp(frame).unwrap().3, payload(bytes));
                continue;
            }
            let (mut whole, mut number) = (BTreeMap::new(), None);
            for frame in &sent {
                let (identification, offset, more, protocol, part) = read_fragment(frame).expect("a fragment");
                assert_eq!((protocol, *number.get_or_insert(identification)), (17, identification));
                assert!(!more || part.len() % 8 == 0, "{bytes}");
                assert_eq!(more, offset + part.len() < bytes + 8, "{bytes}");
                whole.insert(offset, part);
            }
            let ends = whole.iter().map(|(offset, part)| offset + part.len());
            assert!(whole.keys().skip(1).copied().eq(ends.take(whole.len() - 1)), "{bytes}: no gap");
            let packet: Vec<u8> = whole.into_values().flatten().collect();
            let (from, to) = ADDRESSES[family];
            let frame = crate::frames::ip(
                (mac(1), mac(9)),
                from.parse().unwrap(),
                to.parse().unwrap(),
                IpProtocol::Udp,
                64,
                &packet,
            );
            assert_eq!(read_udp(&frame).unwrap().3, payload(bytes), "{bytes}, with its checksum");
            numbers.push((family, number));
        }
        assert_eq!(host.send(to, &payload(8193)), Err(Error::MessageTooLarge));
    }
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "each packet has a number of its own");
}

/// In any order, some of them twice, between others.
#[test]
fn packets_are_put_together() {
    let (mut memory, mut packets) = (Memory::new(&Sizes::default()), vec![Fragment::FREE; 4]);
    let mut host = Host::new(&mut memory, &mut packets);
    let mut random = fastrand::Rng::with_seed(815);
    for round in 0..400 {
        let family = round % 2;
        let sent: Vec<Vec<u8>> = (0..2).map(|_| payload(random.usize(0..=8192))).collect();
        let mut frames: Vec<Vec<u8>> = Vec::new();
        for (index, payload) in sent.iter().enumerate() {
            let each = random.usize(1..=185) * 8;
            let parts = fragments(family, (2 * round + index) as u32, payload, each);
            // One that is whole in a single fragment is a packet of its own kind (RFC 6946).
            frames.extend(parts.into_iter().map(|parts| fragment(family, parts)));
        }
        for _ in 0..random.usize(0..3) {
            frames.push(frames[random.usize(0..frames.len())].clone());
        }
        random.shuffle(&mut frames);
        frames.iter().for_each(|frame| host.receive(frame));
        let mut got = host.received();
        // A copy of one that was whole is another one; a copy of a part begins a packet that never ends.
        got.sort();
        got.dedup();
        let mut expected = sent.clone();
        expected.sort();
        expected.dedup();
        assert_eq!(got.len(), expected.len(), "round {round}");
        assert!(got == expected, "round {round}");
        host.now = host.now + Duration::from_secs(61);
    }
}

/// RFC 5722: what overlaps is nobody's packet, and neither is what contradicts itself; nor what is too long, in part or whole.
#[test]
fn contradictions_are_no_packets() {
    for family in [0, 1] {
        let good = fragments(family, 1, &payload(3000), 1000);
        let [first, second, last] = &good[..3] else { panic!() };
        let with = |parts: &Parts, offset: usize, more: bool, bytes: &[u8]| (1, offset, more, parts.3, bytes.to_vec());
        let mut changed = second.4.clone();
        changed[5] ^= 1;
        for (name, bad) in [
            ("overlaps the one before", with(second, 992, true, &second.4)),
            ("overlaps the one after", with(second, 1000, true, &payload(1008))),
            ("is inside of it", with(second, 1008, true, &second.4[8..16])),
            ("is the same with another byte", with(second, 1000, true, &changed)),
            ("is the end, too", with(last, 3000, false, &[1; 16])),
            ("is an earlier end", with(last, 1000, false, &second.4[..100])),
            ("is behind the end", with(last, 4000, true, &[1; 8])),
            ("is too far", with(last, 8200, false, &[1; 8])),
            ("is too long", with(last, 7504, true, &[1; 1000])),
            ("is where nothing may be", with(last, 65_528, false, &[1; 8])),
        ] {
            for bad_first in [false, true] {
                let (mut memory, mut packets) = (Memory::new(&Sizes::default()), vec![Fragment::FREE; 4]);
                let mut host = Host::new(&mut memory, &mut packets);
                let mut sent = vec![first.clone(), second.clone(), good[3].clone(), last.clone()];
                sent.insert(if bad_first { 0 } else { 3 }, bad.clone());
                sent.iter().for_each(|parts| host.receive(&fragment(family, parts.clone())));
                assert!(host.received().is_empty(), "{name}, of family {family}, {bad_first}");
                // Nothing of it is left for others.
                fragments(family, 2, b"another", 8)
                    .into_iter()
                    .for_each(|parts| host.receive(&fragment(family, parts)));
                assert_eq!(host.received(), [b"another"], "{name}");
            }
        }
        // What is no fragment at all is dropped alone: of no bytes, or of a part of a unit that is not the last.
        let (mut memory, mut packets) = (Memory::new(&Sizes::default()), vec![Fragment::FREE; 4]);
        let mut host = Host::new(&mut memory, &mut packets);
        for parts in [with(first, 1000, true, &[]), with(first, 2000, true, &[1; 7]), with(first, 3000, false, &[])] {
            host.receive(&fragment(family, parts));
        }
        good.iter().for_each(|parts| host.receive(&fragment(family, parts.clone())));
        assert_eq!(host.received(), [payload(3000)]);
        // Parts with other numbers, protocols or hosts are of other packets.
        let mut parts = fragments(family, 5, &payload(100), 56);
        parts[1].0 = 6;
        parts.iter().for_each(|parts| host.receive(&fragment(family, parts.clone())));
        assert!(host.received().is_empty());
    }
}

/// RFC 8200, section 4.5: a minute, from the first fragment that comes.
#[test]
fn the_rest_is_waited_for_a_minute() {
    for (seconds, is_whole) in [(59, true), (60, false), (1000, false)] {
        let (mut memory, mut packets) = (Memory::new(&Sizes::default()), vec![Fragment::FREE; 2]);
        let mut host = Host::new(&mut memory, &mut packets);
        let parts = fragments(0, 1, &payload(2000), 1000);
        host.receive(&fragment(0, parts[0].clone()));
        host.now = host.now + Duration::from_secs(30);
        host.receive(&fragment(0, parts[1].clone()));
        host.now = host.now + Duration::from_secs(seconds - 30);
        host.receive(&fragment(0, parts[2].clone()));
        assert_eq!(host.received().len(), usize::from(is_whole), "{seconds}");
    }
}

/// Who sends beginnings alone takes half of the memory from others, not all.
#[test]
fn a_flood_of_fragments_leaves_room_for_others() {
    let (mut memory, mut packets) = (Memory::new(&Sizes::default()), vec![Fragment::FREE; 4]);
    let mut host = Host::new(&mut memory, &mut packets);
    let honest = fragments(1, 7, &payload(5000), 1200);
    for (index, parts) in honest.iter().enumerate() {
        for number in 0..100 {
            host.receive(&fragment(0, fragments(0, 100 * index as u32 + number, &payload(2000), 1000)[0].clone()));
        }
        host.receive(&fragment(1, parts.clone()));
    }
    assert_eq!(host.received(), [payload(5000)]);
}

/// Nothing is kept of what is for others or for all, nothing is answered, and an echo in fragments goes back in fragments.
#[test]
fn fragments_are_for_one_host() {
    let (mut memory, mut packets) = (Memory::new(&Sizes::default()), vec![Fragment::FREE; 1]);
    let mut host = Host::new(&mut memory, &mut packets);
    let parts = fragments(0, 1, &payload(2000), 1000);
    for destination in ["10.0.0.255", "224.0.0.1", "10.0.0.3", "255.255.255.255"] {
        for part in &parts {
            let mut frame = fragment(0, part.clone());
            let mut packet = Ipv4Packet::new_unchecked(&mut frame[14..]);
            packet.set_dst_addr(destination.parse().unwrap());
            packet.fill_checksum();
            host.receive(&frame);
        }
    }
    // The one place is free still.
    host.receive(&fragment(0, parts[0].clone()));
    host.receive(&ethernet(mac(9), mac(1), EthernetProtocol::Ipv4, &[0x45; 20]));
    parts[1..].iter().for_each(|parts| host.receive(&fragment(0, parts.clone())));
    assert_eq!(host.received(), [payload(2000)]);
    assert!(host.cards[0].sent.is_empty());
    let mut request = [&[8, 0, 0, 0, 0, 1, 0, 2][..], &payload(4000)].concat();
    let sum = smoltcp::wire::Icmpv4Packet::new_unchecked(&mut request[..]);
    let mut sum = sum;
    sum.fill_checksum();
    let chunks = request.chunks(1480).enumerate();
    let parts: Vec<Parts> = chunks
        .map(|(index, bytes)| (9, 1480 * index, 1480 * index + bytes.len() < request.len(), 1, bytes.to_vec()))
        .collect();
    parts.into_iter().for_each(|parts| host.receive(&fragment(0, parts)));
    let sent: Vec<Parts> = host.cards[0].sent.iter().map(|frame| read_fragment(frame).expect("a fragment")).collect();
    let reply: Vec<u8> = sent.iter().flat_map(|parts| parts.4.clone()).collect();
    assert_eq!((sent.len(), &reply[..2], &reply[4..]), (3, &[0, 0][..], &request[4..]));
}

/// Whatever comes, it goes on.
#[test]
fn spoilt_fragments_do_no_harm() {
    let (mut memory, mut packets) = (Memory::new(&Sizes::default()), vec![Fragment::FREE; 3]);
    let mut host = Host::new(&mut memory, &mut packets);
    let mut random = fastrand::Rng::with_seed(5722);
    for round in 0..8_000 {
        let family = usize::from(random.bool());
        let parts = fragments(family, random.u32(0..3), &payload(random.usize(0..8192)), random.usize(1..185) * 8);
        let mut frame = fragment(family, parts[random.usize(0..parts.len())].clone());
        for _ in 0..random.usize(0..3) {
            let at = random.usize(12..frame.len().min(64));
            frame[at] = random.u8(..);
        }
        frame.truncate(random.usize(frame.len().saturating_sub(9)..=frame.len()));
        host.stack.receive(&mut host.cards, 0, &frame, random.bool(), host.now);
        if round % 100 == 0 {
            host.received();
            host.cards[0].sent.clear();
            host.now = host.now + Duration::from_secs(random.u64(0..40));
        }
    }
    host.received();
    host.now = host.now + Duration::from_secs(61);
    fragments(0, 1, &payload(3000), 800).into_iter().for_each(|parts| host.receive(&fragment(0, parts)));
    assert_eq!(host.received(), [payload(3000)]);
}
