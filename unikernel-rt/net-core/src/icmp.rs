//! ICMP (RFC 792) and ICMPv6 (RFC 4443): echo, and errors in both directions.

use crate::address::IpAddr;
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::checksum;
use crate::packet::{ICMPV4, ICMPV6, Packet};
use crate::report::{Reason, Report};

/// Bytes of a message's header.
pub(crate) const HEADER_BYTES: usize = 8;
/// Where in it the checksum is.
pub(crate) const CHECKSUM_AT: usize = 2;

const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;
const ECHO_REQUEST_6: u8 = 128;
const ECHO_REPLY_6: u8 = 129;

/// The header of the answer, if a message asks for an echo; what it carries is to follow as it is. That of IPv4 has its checksum.
pub(crate) fn echo_reply(frame: &[u8], packet: &Packet) -> Option<[u8; HEADER_BYTES]> {
    let mut header: [u8; HEADER_BYTES] = *packet.payload(frame).first_chunk()?;
    let checksum = match (packet.protocol, header[0], header[1]) {
        (ICMPV4, ECHO_REQUEST, 0) => {
            header[0] = ECHO_REPLY;
            let (old, new) = (u16::from_be_bytes([ECHO_REQUEST, 0]), u16::from_be_bytes([ECHO_REPLY, 0]));
            checksum::updated(u16::from_be_bytes([header[2], header[3]]), old, new)
        }
        (ICMPV6, ECHO_REQUEST_6, 0) => {
            header[0] = ECHO_REPLY_6;
            0
        }
        _ => return None,
    };
    header[2..4].copy_from_slice(&checksum.to_be_bytes());
    Some(header)
}

/// The header of the error "nobody listens at the port", and how many bytes of the packet may follow (RFC 1812, section 4.3.2.3;
/// RFC 4443, section 3.1).
pub(crate) fn port_unreachable(packet: &Packet) -> (u8, [u8; HEADER_BYTES], usize) {
    match packet.source {
        IpAddr::V4(_) => (ICMPV4, [3, 3, 0, 0, 0, 0, 0, 0], 576 - 20 - HEADER_BYTES),
        IpAddr::V6(_) => (ICMPV6, [1, 4, 0, 0, 0, 0, 0, 0], 1280 - 40 - HEADER_BYTES),
    }
}

/// What an error says, if a message is one.
pub(crate) fn report(frame: &[u8], packet: &Packet) -> Option<Report> {
    let message = packet.payload(frame);
    let ours = message.get(HEADER_BYTES..)?;
    let reason = match (packet.protocol, u8_at(message, 0)?, u8_at(message, 1)?) {
        (ICMPV4, 3, code) => match code {
            0 | 5 | 6 | 8 | 11 => Reason::NetworkUnreachable,
            2 => Reason::ProtocolUnreachable,
            3 => Reason::PortUnreachable,
            4 => Reason::TooLarge { mtu: told_mtu(u16_at(message, 6)?, u16_at(ours, 2)?) },
            9 | 10 | 13 => Reason::Prohibited,
            _ => Reason::HostUnreachable,
        },
        (ICMPV4, 11, _) => Reason::TimeExceeded,
        (ICMPV6, 1, code) => match code {
            0 => Reason::NetworkUnreachable,
            1 | 5 | 6 => Reason::Prohibited,
            4 => Reason::PortUnreachable,
            _ => Reason::HostUnreachable,
        },
        (ICMPV6, 2, _) => Reason::TooLarge { mtu: u16::try_from(u32_at(message, 4)?).unwrap_or(u16::MAX) },
        (ICMPV6, 3, _) => Reason::TimeExceeded,
        (ICMPV6, 4, 1) => Reason::ProtocolUnreachable,
        _ => return None,
    };
    Report::of_packet(ours, reason)
}

/// The MTU that an error tells. Old routers tell none: the next lower common one is taken (RFC 1191, section 7).
fn told_mtu(told: u16, packet_bytes: u16) -> u16 {
    const PLATEAUS: [u16; 7] = [8166, 4352, 2002, 1492, 1006, 508, 296];
    if told != 0 {
        return told;
    }
    PLATEAUS.into_iter().find(|plateau| *plateau < packet_bytes).unwrap_or(68)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1191, section 7: plateaus for routers that tell no MTU.
    #[test]
    fn a_router_that_tells_no_mtu_is_guessed_at() {
        assert_eq!(told_mtu(1400, 1500), 1400);
        assert_eq!(told_mtu(0, 1500), 1492);
        assert_eq!(told_mtu(0, 1492), 1006);
        assert_eq!(told_mtu(0, 100), 68);
    }
}
