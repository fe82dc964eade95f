//! Frames as others send and read them, by smoltcp's `wire`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, Icmpv4Packet,
    Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpAddress, IpProtocol, IpRepr, Ipv4Packet, Ipv6Packet, NdiscNeighborFlags,
    NdiscRepr, RawHardwareAddress, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber, TcpTimestampRepr, UdpPacket, UdpRepr,
};
use unikernel_net::Mac;

pub fn ethernet(source: Mac, destination: Mac, kind: EthernetProtocol, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 14 + payload.len()];
    let header =
        EthernetRepr { src_addr: EthernetAddress(source.0), dst_addr: EthernetAddress(destination.0), ethertype: kind };
    header.emit(&mut EthernetFrame::new_unchecked(&mut frame));
    frame[14..].copy_from_slice(payload);
    frame
}

/// A packet with this in it, whose checksum is right already.
pub fn ip(
    macs: (Mac, Mac),
    source: IpAddr,
    destination: IpAddr,
    protocol: IpProtocol,
    hop_limit: u8,
    payload: &[u8],
) -> Vec<u8> {
    let header = IpRepr::new(source.into(), destination.into(), protocol, payload.len(), hop_limit);
    let mut packet = vec![0; header.buffer_len()];
    header.emit(&mut packet[..], &ChecksumCapabilities::default());
    packet.truncate(header.header_len());
    packet.extend_from_slice(payload);
    let kind = if source.is_ipv4() { EthernetProtocol::Ipv4 } else { EthernetProtocol::Ipv6 };
    ethernet(macs.0, macs.1, kind, &packet)
}

pub fn arp(operation: ArpOperation, to: Mac, sender: (Mac, &str), target: (Mac, &str)) -> Vec<u8> {
    let message = ArpRepr::EthernetIpv4 {
        operation,
        source_hardware_addr: EthernetAddress(sender.0.0),
        source_protocol_addr: sender.1.parse().unwrap(),
        target_hardware_addr: EthernetAddress(target.0.0),
        target_protocol_addr: target.1.parse().unwrap(),
    };
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&mut ArpPacket::new_unchecked(&mut bytes));
    ethernet(sender.0, to, EthernetProtocol::Arp, &bytes)
}

/// The message of ARP in a frame, and who it is to.
pub fn read_arp(frame: &[u8]) -> Option<(Mac, ArpOperation, Mac, Ipv4Addr, Mac, Ipv4Addr)> {
    let ethernet = EthernetFrame::new_checked(frame).unwrap();
    if ethernet.ethertype() != EthernetProtocol::Arp {
        return None;
    }
    match ArpRepr::parse(&ArpPacket::new_checked(ethernet.payload()).unwrap()).unwrap() {
        ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr,
            source_protocol_addr,
            target_hardware_addr,
            target_protocol_addr,
        } => Some((
            Mac(ethernet.dst_addr().0),
            operation,
            Mac(source_hardware_addr.0),
            source_protocol_addr,
            Mac(target_hardware_addr.0),
            target_protocol_addr,
        )),
        _ => None,
    }
}

/// A packet that was sent: who it is to on the link, its addresses, its protocol and what it carries.
#[derive(Debug)]
pub struct Sent {
    pub mac: Mac,
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: IpProtocol,
    pub hop_limit: u8,
    pub payload: Vec<u8>,
}

/// Reads an IP packet, with its header's checksum.
pub fn read_ip(frame: &[u8]) -> Option<Sent> {
    let ethernet = EthernetFrame::new_checked(frame).unwrap();
    let mac = Mac(ethernet.dst_addr().0);
    match ethernet.ethertype() {
        EthernetProtocol::Ipv4 => {
            let packet = Ipv4Packet::new_checked(ethernet.payload()).unwrap();
            assert!(packet.verify_checksum(), "IPv4 checksum");
            Some(Sent {
                mac,
                source: packet.src_addr().into(),
                destination: packet.dst_addr().into(),
                protocol: packet.next_header(),
                hop_limit: packet.hop_limit(),
                payload: packet.payload().to_vec(),
            })
        }
        EthernetProtocol::Ipv6 => {
            let packet = Ipv6Packet::new_checked(ethernet.payload()).unwrap();
            Some(Sent {
                mac,
                source: packet.src_addr().into(),
                destination: packet.dst_addr().into(),
                protocol: packet.next_header(),
                hop_limit: packet.hop_limit(),
                payload: packet.payload().to_vec(),
            })
        }
        _ => None,
    }
}

pub fn udp(macs: (Mac, Mac), source: (&str, u16), destination: (&str, u16), payload: &[u8]) -> Vec<u8> {
    let (from, to): (IpAddr, IpAddr) = (source.0.parse().unwrap(), destination.0.parse().unwrap());
    let header = UdpRepr { src_port: source.1, dst_port: destination.1 };
    let mut bytes = vec![0; 8 + payload.len()];
    header.emit(
        &mut UdpPacket::new_unchecked(&mut bytes),
        &from.into(),
        &to.into(),
        payload.len(),
        |buffer| buffer.copy_from_slice(payload),
        &ChecksumCapabilities::default(),
    );
    ip(macs, from, to, IpProtocol::Udp, 64, &bytes)
}

/// The ports and the payload of a datagram, with its checksum.
pub fn read_udp(frame: &[u8]) -> Option<(Sent, u16, u16, Vec<u8>)> {
    let sent = read_ip(frame)?;
    if sent.protocol != IpProtocol::Udp {
        return None;
    }
    let packet = UdpPacket::new_checked(&sent.payload[..]).unwrap();
    assert!(packet.verify_checksum(&IpAddress::from(sent.source), &IpAddress::from(sent.destination)), "UDP checksum");
    let (source, destination, payload) = (packet.src_port(), packet.dst_port(), packet.payload().to_vec());
    Some((sent, source, destination, payload))
}

pub fn icmpv4(macs: (Mac, Mac), source: &str, destination: &str, message: &Icmpv4Repr<'_>) -> Vec<u8> {
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&mut Icmpv4Packet::new_unchecked(&mut bytes), &ChecksumCapabilities::default());
    ip(macs, source.parse().unwrap(), destination.parse().unwrap(), IpProtocol::Icmp, 64, &bytes)
}

pub fn icmpv6(macs: (Mac, Mac), source: &str, destination: &str, hop_limit: u8, message: &Icmpv6Repr<'_>) -> Vec<u8> {
    let (from, to): (Ipv6Addr, Ipv6Addr) = (source.parse().unwrap(), destination.parse().unwrap());
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&from, &to, &mut Icmpv6Packet::new_unchecked(&mut bytes), &ChecksumCapabilities::default());
    ip(macs, from.into(), to.into(), IpProtocol::Icmpv6, hop_limit, &bytes)
}

pub fn advertisement(macs: (Mac, Mac), source: &str, destination: &str, flags: NdiscNeighborFlags) -> Vec<u8> {
    let lladdr = Some(RawHardwareAddress::from_bytes(&macs.0.0));
    let message = NdiscRepr::NeighborAdvert { flags, target_addr: source.parse().unwrap(), lladdr };
    icmpv6(macs, source, destination, 255, &Icmpv6Repr::Ndisc(message))
}

/// Reads a message of Neighbour Discovery.
pub fn read_ndp(frame: &[u8]) -> Option<(Sent, NdiscRepr<'static>)> {
    let sent = read_ip(frame)?;
    let (IpAddr::V6(source), IpAddr::V6(destination)) = (sent.source, sent.destination) else { return None };
    let packet = Icmpv6Packet::new_checked(&sent.payload[..]).unwrap();
    match Icmpv6Repr::parse(&source, &destination, &packet, &ChecksumCapabilities::default()).unwrap() {
        Icmpv6Repr::Ndisc(NdiscRepr::NeighborSolicit { target_addr, lladdr }) => {
            Some((sent, NdiscRepr::NeighborSolicit { target_addr, lladdr }))
        }
        Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert { flags, target_addr, lladdr }) => {
            Some((sent, NdiscRepr::NeighborAdvert { flags, target_addr, lladdr }))
        }
        _ => None,
    }
}

/// A segment to send, with what most have.
pub fn segment(source: u16, destination: u16) -> TcpRepr<'static> {
    TcpRepr {
        src_port: source,
        dst_port: destination,
        control: TcpControl::None,
        seq_number: TcpSeqNumber(0),
        ack_number: None,
        window_len: 65_000,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    }
}

pub fn timestamp(value: u32, echo: u32) -> Option<TcpTimestampRepr> {
    Some(TcpTimestampRepr::new(value, echo))
}

pub fn tcp(macs: (Mac, Mac), source: IpAddr, destination: IpAddr, segment: &TcpRepr<'_>) -> Vec<u8> {
    let mut bytes = vec![0; segment.buffer_len()];
    segment.emit(
        &mut TcpPacket::new_unchecked(&mut bytes),
        &source.into(),
        &destination.into(),
        &ChecksumCapabilities::default(),
    );
    ip(macs, source, destination, IpProtocol::Tcp, 64, &bytes)
}

/// A segment that was sent.
#[derive(Debug)]
pub struct SentSegment {
    pub mac: Mac,
    pub source: u16,
    pub sequence: u32,
    pub acknowledgement: u32,
    pub control: TcpControl,
    pub has_ack: bool,
    pub window: u16,
    pub mss: Option<u16>,
    pub shift: Option<u8>,
    pub may_sack: bool,
    pub timestamp: Option<(u32, u32)>,
    pub ranges: Vec<(u32, u32)>,
    pub payload: Vec<u8>,
}

pub fn read_tcp(frame: &[u8]) -> Option<SentSegment> {
    let sent = read_ip(frame)?;
    if sent.protocol != IpProtocol::Tcp {
        return None;
    }
    let packet = TcpPacket::new_checked(&sent.payload[..]).unwrap();
    let (source, destination) = (IpAddress::from(sent.source), IpAddress::from(sent.destination));
    let read = TcpRepr::parse(&packet, &source, &destination, &ChecksumCapabilities::default()).unwrap();
    Some(SentSegment {
        mac: sent.mac,
        source: read.src_port,
        sequence: read.seq_number.0 as u32,
        acknowledgement: packet.ack_number().0 as u32,
        control: read.control,
        has_ack: read.ack_number.is_some(),
        window: read.window_len,
        mss: read.max_seg_size,
        shift: read.window_scale,
        may_sack: read.sack_permitted,
        timestamp: read.timestamp.map(|stamp| (stamp.tsval, stamp.tsecr)),
        ranges: read.sack_ranges.into_iter().flatten().collect(),
        payload: read.payload.to_vec(),
    })
}
