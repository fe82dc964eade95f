//! ARP and IPv4 messages of a test.

use std::net::Ipv4Addr;

use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, Icmpv4Message, Icmpv4Packet,
    Icmpv4Repr, IpAddress, IpProtocol, Ipv4Packet,
};

use super::frame::{self, Mac, PEER_MAC, SYN, Segment, checksums};

pub(crate) const PEER: [u8; 4] = [10, 0, 0, 1];
pub(crate) const GUEST: [u8; 4] = [10, 0, 0, 2];

/// What the echo requests of these tests are told from others by.
const IDENTIFIER: u16 = 0x1234;

/// Source and destination of a packet.
pub(crate) fn addresses(from: [u8; 4], to: [u8; 4]) -> [IpAddress; 2] {
    [from, to].map(|octets| Ipv4Addr::from(octets).into())
}

/// Asks who has an address.
pub(crate) fn arp_request(peer: [u8; 4], guest: [u8; 4]) -> Vec<u8> {
    let request = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: EthernetAddress(PEER_MAC),
        source_protocol_addr: peer.into(),
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: guest.into(),
    };
    let to = EthernetAddress::BROADCAST.0;
    frame::ethernet(to, EthernetProtocol::Arp, request.buffer_len(), |bytes| {
        request.emit(&mut ArpPacket::new_unchecked(bytes));
    })
}

/// The card that has `guest`, where a frame is an ARP reply that says so.
pub(crate) fn arp_reply(frame: &[u8], guest: [u8; 4]) -> Option<Mac> {
    let frame = EthernetFrame::new_checked(frame).ok()?;
    if frame.ethertype() != EthernetProtocol::Arp {
        return None;
    }
    match ArpRepr::parse(&ArpPacket::new_checked(frame.payload()).ok()?).ok()? {
        ArpRepr::EthernetIpv4 {
            operation: ArpOperation::Reply, source_hardware_addr, source_protocol_addr, ..
        } if source_protocol_addr.octets() == guest => Some(source_hardware_addr.0),
        _ => None,
    }
}

/// A frame with an IPv4 packet of any protocol.
pub(crate) fn packet(mac: Mac, peer: [u8; 4], guest: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let write = |bytes: &mut [u8]| bytes.copy_from_slice(payload);
    frame::ip(mac, addresses(peer, guest), IpProtocol::from(protocol), 64, payload.len(), write)
}

fn pattern(number: u16, bytes: usize) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    (0..bytes).map(|index| (index as u8).wrapping_mul(7) ^ low ^ high.rotate_left(3)).collect()
}

/// An echo request with a pattern that depends on its number.
pub(crate) fn echo_request(mac: Mac, peer: [u8; 4], guest: [u8; 4], number: u16, payload_bytes: usize) -> Vec<u8> {
    let data = pattern(number, payload_bytes);
    let request = Icmpv4Repr::EchoRequest { ident: IDENTIFIER, seq_no: number, data: &data };
    frame::ip(mac, addresses(peer, guest), IpProtocol::Icmp, 64, request.buffer_len(), |bytes| {
        request.emit(&mut Icmpv4Packet::new_unchecked(bytes), &checksums());
    })
}

/// The number of an echo reply, which must be right to the last bit.
pub(crate) fn echo_reply(frame: &[u8], peer: [u8; 4], guest: [u8; 4]) -> Option<u16> {
    let packet = read(frame)?;
    let message = Some(packet.payload()).filter(|_| packet.next_header() == IpProtocol::Icmp)?;
    let message = Icmpv4Packet::new_checked(message).ok()?;
    if message.msg_type() != Icmpv4Message::EchoReply {
        return None;
    }
    assert_eq!((packet.src_addr().octets(), packet.dst_addr().octets()), (guest, peer));
    assert!(packet.verify_checksum(), "the header's checksum");
    assert!(message.verify_checksum(), "the message's checksum");
    let number = message.echo_seq_no();
    assert_eq!(message.echo_ident(), IDENTIFIER);
    assert_eq!(message.data(), pattern(number, message.data().len()), "echo {number}");
    Some(number)
}

/// The first segment of a connection.
pub(crate) fn tcp_syn(mac: Mac, peer: [u8; 4], guest: [u8; 4], from_port: u16, port: u16) -> Vec<u8> {
    let syn = Segment { ports: [from_port, port], sequence: 1, flags: SYN, window: 1024, ..Segment::default() };
    syn.frame(mac, addresses(peer, guest))
}

/// The TCP segment in a frame, if it is one.
pub(crate) fn segment(frame: &[u8]) -> Option<Segment> {
    let packet = read(frame).filter(|packet| packet.next_header() == IpProtocol::Tcp)?;
    Some(Segment::read(packet.payload(), [packet.src_addr().into(), packet.dst_addr().into()]))
}

/// The packet in a frame, if it is IPv4.
fn read(frame: &[u8]) -> Option<Ipv4Packet<&[u8]>> {
    let frame = EthernetFrame::new_checked(frame).ok()?;
    let is_ipv4 = frame.ethertype() == EthernetProtocol::Ipv4;
    Ipv4Packet::new_checked(frame.payload()).ok().filter(|_| is_ipv4)
}
