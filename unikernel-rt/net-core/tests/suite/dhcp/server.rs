//! A server of DHCP: it answers what a client sends, by smoltcp's `wire`.

use crate::frames::{arp, ip, read_udp, udp};
use crate::host::mac;
use crate::network::Node;
use core::net::Ipv4Addr;
use smoltcp::wire::{ArpOperation, DhcpMessageType, DhcpPacket, DhcpRepr, IpProtocol, Ipv4Packet, UdpPacket};
use unikernel_net::{Instant, Mac};

/// A request as the server reads it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who it is to on the link, and by IP.
    pub to: (Mac, Ipv4Addr),
    pub source: Ipv4Addr,
    pub kind: DhcpMessageType,
    pub transaction: u32,
    pub seconds: u16,
    pub own: Ipv4Addr,
    pub requested: Option<Ipv4Addr>,
    pub server: Option<Ipv4Addr>,
    pub wants_broadcast: bool,
    pub options: Vec<(u8, Vec<u8>)>,
}

impl Request {
    /// The request in a frame; its checksums are looked at.
    pub fn read(frame: &[u8]) -> Option<Request> {
        if frame[12..14] != [8, 0] {
            return None;
        }
        let (sent, from, to, payload) = read_udp(frame)?;
        if (from, to) != (68, 67) {
            return None;
        }
        assert!(payload.len() >= 300, "BOOTP's least");
        let packet = DhcpPacket::new_checked(&payload[..]).unwrap();
        let read = DhcpRepr::parse(&packet).unwrap();
        assert_eq!(read.client_hardware_address.0, mac(1).0);
        let ipv4 = |address| match address {
            core::net::IpAddr::V4(address) => address,
            core::net::IpAddr::V6(_) => panic!("IPv6"),
        };
        Some(Request {
            to: (sent.mac, ipv4(sent.destination)),
            source: ipv4(sent.source),
            kind: read.message_type,
            transaction: read.transaction_id,
            seconds: read.secs,
            own: read.client_ip,
            requested: read.requested_ip,
            server: read.server_identifier,
            wants_broadcast: read.broadcast,
            options: packet.options().map(|option| (option.kind, option.data.to_vec())).collect(),
        })
    }

    /// The request in a frame that may have been spoilt on the way.
    fn read_right(frame: &[u8]) -> Option<Request> {
        let packet = Ipv4Packet::new_checked(&frame[14..]).ok().filter(Ipv4Packet::verify_checksum)?;
        let (source, destination) = (packet.src_addr().into(), packet.dst_addr().into());
        let datagram = UdpPacket::new_checked(packet.payload()).ok()?;
        if packet.next_header() != IpProtocol::Udp || !datagram.verify_checksum(&source, &destination) {
            return None;
        }
        Request::read(frame)
    }

    pub fn option(&self, code: u8) -> Option<&[u8]> {
        self.options.iter().find(|option| option.0 == code).map(|option| &option.1[..])
    }
}

/// A message of a server, before it is put into a frame.
#[derive(Clone, Debug)]
pub struct Answer {
    pub kind: u8,
    pub transaction: u32,
    pub address: Ipv4Addr,
    pub mac: Mac,
    pub options: Vec<(u8, Vec<u8>)>,
    /// What the fields of the server's name and of the file have, where options are in them.
    pub name: Vec<u8>,
    pub file: Vec<u8>,
}

/// The usual options of a lease of an hour.
pub fn options() -> Vec<(u8, Vec<u8>)> {
    vec![
        (54, vec![10, 0, 0, 1]),
        (51, 3600_u32.to_be_bytes().to_vec()),
        (1, vec![255, 255, 255, 0]),
        (3, vec![10, 0, 0, 1]),
    ]
}

impl Answer {
    pub fn new(request: &Request, kind: u8, options: &[(u8, Vec<u8>)]) -> Answer {
        Answer {
            kind,
            transaction: request.transaction,
            address: [10, 0, 0, 77].into(),
            mac: mac(1),
            options: options.to_vec(),
            name: Vec::new(),
            file: Vec::new(),
        }
    }

    pub fn message(&self) -> Vec<u8> {
        let mut bytes = vec![0; 240];
        bytes[..3].copy_from_slice(&[2, 1, 6]);
        bytes[4..8].copy_from_slice(&self.transaction.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.address.octets());
        bytes[28..34].copy_from_slice(&self.mac.0);
        bytes[44..44 + self.name.len()].copy_from_slice(&self.name);
        bytes[108..108 + self.file.len()].copy_from_slice(&self.file);
        bytes[236..240].copy_from_slice(&[99, 130, 83, 99]);
        bytes.extend_from_slice(&[53, 1, self.kind]);
        for (code, value) in &self.options {
            bytes.extend_from_slice(&[*code, value.len() as u8]);
            bytes.extend_from_slice(value);
        }
        bytes.push(255);
        bytes
    }

    pub fn frame(&self) -> Vec<u8> {
        frame(Mac::BROADCAST, Ipv4Addr::BROADCAST, &self.message())
    }
}

/// A message of the server in a frame.
pub fn frame(to: Mac, destination: Ipv4Addr, message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 67, 0, 68, 0, 0, 0, 0];
    bytes[4..6].copy_from_slice(&(8 + message.len() as u16).to_be_bytes());
    bytes.extend_from_slice(message);
    // Without a checksum (RFC 768): there is one in what the server of a network says.
    ip((mac(9), to), Ipv4Addr::new(10, 0, 0, 1).into(), destination.into(), IpProtocol::Udp, 64, &bytes)
}

/// A server that lends one address, for so many seconds.
pub struct Server {
    pub is_up: bool,
    pub address: Ipv4Addr,
    pub options: Vec<(u8, Vec<u8>)>,
    pub seen: Vec<Request>,
    answers: Vec<Vec<u8>>,
}

impl Server {
    pub fn new(seconds: u32) -> Server {
        let mut options = options();
        options[1].1 = seconds.to_be_bytes().to_vec();
        Server { is_up: true, address: [10, 0, 0, 77].into(), options, seen: Vec::new(), answers: Vec::new() }
    }
}

impl Node for Server {
    fn receive(&mut self, frame: &[u8], _: Instant) {
        if frame[12..14] == [8, 6] {
            // A request for it that was not spoilt on the way: ARP has no checksum.
            let is_for_it = frame[14..22] == [0, 1, 8, 0, 6, 4, 0, 1] && frame[38..42] == [10, 0, 0, 1];
            if is_for_it && self.is_up {
                let asker = Mac(*frame[22..].first_chunk().unwrap());
                let address = Ipv4Addr::from(*frame[28..].first_chunk::<4>().unwrap());
                self.answers.push(arp(ArpOperation::Reply, asker, (mac(9), "10.0.0.1"), (asker, &address.to_string())));
            }
            return;
        }
        // A frame whose checksum is wrong is dropped by whoever the server's stack is.
        let Some(request) = Request::read_right(frame).filter(|_| self.is_up) else { return };
        let wanted = request.requested.unwrap_or(request.own);
        let kind = match request.kind {
            DhcpMessageType::Discover => 2,
            DhcpMessageType::Request if wanted == self.address => 5,
            DhcpMessageType::Request => 6,
            _ => 0,
        };
        self.seen.push(request.clone());
        if kind != 0 {
            let answer = Answer { address: self.address, ..Answer::new(&request, kind, &self.options) };
            // With a checksum: networks spoil frames.
            let (own, all) = (("10.0.0.1", 67), ("255.255.255.255", 68));
            self.answers.push(udp((mac(9), Mac::BROADCAST), own, all, &answer.message()));
        }
    }

    fn transmit(&mut self, _: Instant) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.answers)
    }

    fn deadline(&self) -> Instant {
        Instant::NEVER
    }
}
