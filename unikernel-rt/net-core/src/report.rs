//! What the network says of something that was sent: ICMP errors (RFC 792, RFC 4443), and neighbours that do not answer.

use crate::address::{self, IpAddr, SocketAddr};
use crate::bytes::{array_at, u8_at, u16_at, u32_at};
use core::net::Ipv4Addr;

/// Why a packet did not arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A router knows no way to the network.
    NetworkUnreachable,
    /// The last router does not reach the host, or our own neighbour does not answer.
    HostUnreachable,
    /// The host does not speak the protocol.
    ProtocolUnreachable,
    /// Nobody listens at the port.
    PortUnreachable,
    /// It is forbidden on the way.
    Prohibited,
    /// It is larger than the link of a router, which takes packets of so many bytes.
    TooLarge {
        /// Bytes of an IP packet.
        mtu: u16,
    },
    /// It was under way for too long.
    TimeExceeded,
}

/// A packet of ours that did not arrive. Whoever could not have seen it cannot know `sequence`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report {
    pub(crate) reason: Reason,
    pub(crate) protocol: u8,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    /// The four bytes after the ports: TCP's sequence number.
    pub(crate) sequence: u32,
}

impl Report {
    /// Of the beginning of a packet that we have sent, of which there are at least 8 bytes after the IP header.
    pub(crate) fn of_packet(packet: &[u8], reason: Reason) -> Option<Report> {
        let (source, destination, protocol, at) = match u8_at(packet, 0)? >> 4 {
            4 => {
                let source = Ipv4Addr::from(array_at::<4>(packet, 12)?);
                let destination = Ipv4Addr::from(array_at::<4>(packet, 16)?);
                let at = usize::from(packet[0] & 0xF) * 4;
                (IpAddr::V4(source), IpAddr::V4(destination), u8_at(packet, 9)?, at)
            }
            6 => {
                let source = address::of_octets(array_at(packet, 8)?)?;
                let destination = address::of_octets(array_at(packet, 24)?)?;
                (source, destination, u8_at(packet, 6)?, 40)
            }
            _ => return None,
        };
        Some(Report {
            reason,
            protocol,
            local: SocketAddr::new(source, u16_at(packet, at)?),
            remote: SocketAddr::new(destination, u16_at(packet, at + 2)?),
            sequence: u32_at(packet, at + 4)?,
        })
    }
}
