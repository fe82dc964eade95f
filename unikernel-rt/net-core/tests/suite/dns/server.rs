//! A server of names: it reads what is asked by smoltcp's `wire`, and answers as it is told.

use crate::frames::{arp, read_udp, udp};
use crate::host::mac;
use crate::network::Node;
use core::net::IpAddr;
use smoltcp::wire::{
    ArpOperation, DnsFlags, DnsOpcode, DnsPacket, DnsQueryType, DnsQuestion, IpProtocol, Ipv4Packet, UdpPacket,
};
use unikernel_net::{Instant, Mac};

/// A question as the server reads it.
#[derive(Clone, Debug)]
pub struct Question {
    pub server: IpAddr,
    pub port: u16,
    pub id: u16,
    pub name: String,
    pub kind: u16,
    /// Its bytes, to be sent back.
    bytes: Vec<u8>,
}

pub const A: u16 = 1;
pub const CNAME: u16 = 5;
pub const SOA: u16 = 6;
pub const AAAA: u16 = 28;

impl Question {
    pub fn read(frame: &[u8]) -> Option<Question> {
        if frame[12..14] == [8, 6] {
            return None;
        }
        let (sent, port, to, message) = read_udp(frame)?;
        (to == 53).then(|| Question::parse(sent.destination, port, &message))
    }

    pub fn parse(server: IpAddr, port: u16, message: &[u8]) -> Question {
        let packet = DnsPacket::new_checked(message).unwrap();
        assert_eq!((packet.flags(), packet.opcode()), (DnsFlags::RECURSION_DESIRED, DnsOpcode::Query));
        let counts = (packet.question_count(), packet.answer_record_count(), packet.additional_record_count());
        assert_eq!(counts, (1, 0, 0));
        let (rest, question) = DnsQuestion::parse(packet.payload()).unwrap();
        assert!(rest.is_empty());
        let labels: Vec<_> = packet.parse_name(question.name).map(|label| label.unwrap().to_vec()).collect();
        Question {
            server,
            port,
            id: packet.transaction_id(),
            // An alias may have any bytes (RFC 2181, section 11).
            name: String::from_utf8_lossy(&labels.join(&b'.')).into_owned(),
            kind: DnsQueryType::into(question.type_),
            bytes: packet.payload().to_vec(),
        }
    }
}

/// A name without compression.
pub fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in text.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

pub fn record(owner: &[u8], kind: u16, seconds: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = owner.to_vec();
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&[0, 1]);
    bytes.extend_from_slice(&seconds.to_be_bytes());
    bytes.extend_from_slice(&(data.len() as u16).to_be_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// An address of a name.
pub fn address(owner: &str, seconds: u32, address: &str) -> Vec<u8> {
    match address.parse().unwrap() {
        IpAddr::V4(address) => record(&name(owner), A, seconds, &address.octets()),
        IpAddr::V6(address) => record(&name(owner), AAAA, seconds, &address.octets()),
    }
}

/// The record that says for how long there is nothing.
pub fn authority(seconds: u32) -> Vec<u8> {
    let mut data = [name("ns"), name("root"), vec![0; 16]].concat();
    data.extend_from_slice(&seconds.to_be_bytes());
    record(&name("test"), SOA, 3600, &data)
}

/// An answer in parts, to be spoilt.
#[derive(Clone, Debug)]
pub struct Answer {
    pub question: Question,
    pub id: u16,
    pub flags: u16,
    pub answers: Vec<Vec<u8>>,
    pub authority: Vec<Vec<u8>>,
}

impl Answer {
    pub fn new(question: &Question, answers: &[Vec<u8>]) -> Answer {
        Answer {
            question: question.clone(),
            id: question.id,
            flags: 0x8180,
            answers: answers.to_vec(),
            authority: Vec::new(),
        }
    }

    pub fn message(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in [self.id, self.flags, 1, self.answers.len() as u16, self.authority.len() as u16, 0] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        bytes.extend_from_slice(&self.question.bytes);
        bytes.extend(self.answers.concat());
        bytes.extend(self.authority.concat());
        bytes
    }

    pub fn frame(&self) -> Vec<u8> {
        self.frame_from(&self.question.server.to_string(), 53)
    }

    pub fn frame_from(&self, source: &str, port: u16) -> Vec<u8> {
        udp((mac(9), mac(1)), (source, port), ("10.0.0.2", self.question.port), &self.message())
    }
}

/// Answers of ARP for who asks.
pub fn resolve(frame: &[u8]) -> Option<Vec<u8>> {
    if frame[12..22] != [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] {
        return None;
    }
    let (asker, address) = (Mac(*frame[22..].first_chunk()?), IpAddr::from(*frame[38..].first_chunk::<4>()?));
    Some(arp(ArpOperation::Reply, asker, (mac(9), &address.to_string()), (asker, "10.0.0.2")))
}

/// A server in a network: every name has one address of each family, but for those that begin with `no`.
#[derive(Default)]
pub struct Server {
    sent: Vec<Vec<u8>>,
}

impl Node for Server {
    fn receive(&mut self, frame: &[u8], _: Instant) {
        if let Some(answer) = resolve(frame) {
            self.sent.push(answer);
        }
        let Some(packet) = Ipv4Packet::new_checked(&frame[14..]).ok().filter(Ipv4Packet::verify_checksum) else {
            return;
        };
        let is_right = packet.next_header() == IpProtocol::Udp
            && UdpPacket::new_checked(packet.payload())
                .is_ok_and(|packet_of| packet_of.verify_checksum(&packet.src_addr().into(), &packet.dst_addr().into()));
        let Some(question) = Some(frame).filter(|_| is_right).and_then(Question::read) else { return };
        let answer = if question.name.starts_with("no") {
            Answer { flags: 0x8183, authority: vec![authority(60)], ..Answer::new(&question, &[]) }
        } else {
            let own = if question.kind == A { "192.0.2.1" } else { "2001:db8::1" };
            Answer::new(&question, &[address(&question.name, 60, own)])
        };
        self.sent.push(answer.frame());
    }

    fn transmit(&mut self, _: Instant) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.sent)
    }

    fn deadline(&self) -> Instant {
        Instant::NEVER
    }
}
