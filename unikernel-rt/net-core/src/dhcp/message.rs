//! Messages of DHCP (RFC 2131, section 2) and their options (RFC 2132, RFC 3396).

use crate::bytes::{array_at, u8_at, u32_at};
use crate::ethernet::Mac;
use core::net::Ipv4Addr;

pub(super) const SERVER_PORT: u16 = 67;
pub(crate) const CLIENT_PORT: u16 = 68;

/// Bytes before the options, the magic cookie included.
const FIXED_BYTES: usize = 240;
const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// What every host takes: a packet of 576 bytes without its headers.
const MOST_BYTES: usize = 548;
/// The shortest message of BOOTP: there are relays that drop shorter ones (RFC 1542, section 2.1).
const LEAST_BYTES: usize = 300;
/// "Answer by broadcast": the client has no address yet.
const BROADCAST: u8 = 0x80;

/// Codes of options.
pub(super) mod code {
    pub(in crate::dhcp) const SUBNET_MASK: u8 = 1;
    pub(in crate::dhcp) const ROUTERS: u8 = 3;
    pub(in crate::dhcp) const NAME_SERVERS: u8 = 6;
    pub(in crate::dhcp) const HOST_NAME: u8 = 12;
    pub(in crate::dhcp) const DOMAIN_NAME: u8 = 15;
    pub(in crate::dhcp) const MTU: u8 = 26;
    pub(in crate::dhcp) const REQUESTED_ADDRESS: u8 = 50;
    pub(in crate::dhcp) const LEASE_TIME: u8 = 51;
    pub(super) const OVERLOAD: u8 = 52;
    pub(super) const MESSAGE_TYPE: u8 = 53;
    pub(in crate::dhcp) const SERVER: u8 = 54;
    pub(in crate::dhcp) const PARAMETERS: u8 = 55;
    pub(in crate::dhcp) const MOST_BYTES: u8 = 57;
    pub(in crate::dhcp) const RENEWAL_TIME: u8 = 58;
    pub(in crate::dhcp) const REBINDING_TIME: u8 = 59;
    pub(in crate::dhcp) const CLIENT: u8 = 61;
    pub(in crate::dhcp) const CLASSLESS_ROUTES: u8 = 121;
    pub(super) const PAD: u8 = 0;
    pub(super) const END: u8 = 255;
}

/// The types of messages that a client sends or takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Discover = 1,
    Offer,
    Request,
    Decline,
    Acknowledgement,
    Refusal,
    Release,
}

/// A message to send.
pub(super) struct Writer {
    bytes: [u8; MOST_BYTES],
    len: usize,
}

impl Writer {
    /// A message without options but its type. Who has no address asks for an answer by broadcast.
    pub(super) fn new(kind: Kind, transaction: u32, seconds: u16, mac: Mac, own: Option<Ipv4Addr>) -> Self {
        let mut bytes = [0; MOST_BYTES];
        // A request, of a host on Ethernet, whose addresses have six bytes.
        bytes[..3].copy_from_slice(&[1, 1, 6]);
        bytes[4..8].copy_from_slice(&transaction.to_be_bytes());
        bytes[8..10].copy_from_slice(&seconds.to_be_bytes());
        bytes[10] = if own.is_none() { BROADCAST } else { 0 };
        bytes[12..16].copy_from_slice(&own.unwrap_or(Ipv4Addr::UNSPECIFIED).octets());
        bytes[28..34].copy_from_slice(&mac.0);
        bytes[FIXED_BYTES - 4..FIXED_BYTES].copy_from_slice(&COOKIE);
        let mut writer = Writer { bytes, len: FIXED_BYTES };
        writer.option(code::MESSAGE_TYPE, &[kind as u8]);
        writer
    }

    /// Adds an option. There is room for all that a client has: see [`MOST_IDENTIFIER_BYTES`](super::MOST_IDENTIFIER_BYTES).
    pub(super) fn option(&mut self, code: u8, value: &[u8]) {
        let end = self.len + 2 + value.len();
        debug_assert!(end < MOST_BYTES && value.len() < 256);
        if let Some([place, length, room @ ..]) = self.bytes.get_mut(self.len..end) {
            (*place, *length) = (code, value.len() as u8);
            room.copy_from_slice(value);
            self.len = end;
        }
    }

    /// The message, with its end.
    pub(super) fn finish(&mut self) -> &[u8] {
        if let Some(end) = self.bytes.get_mut(self.len) {
            *end = code::END;
        }
        &self.bytes[..(self.len + 1).clamp(LEAST_BYTES, MOST_BYTES)]
    }
}

/// A message that a server has sent.
pub(super) struct Message<'a> {
    pub(super) kind: Kind,
    pub(super) transaction: u32,
    /// The address that the client is to have.
    pub(super) address: Ipv4Addr,
    pub(super) mac: Mac,
    /// Where options are: in their own field, and in those of the file and of the server's name where they are lent (option 52).
    areas: [&'a [u8]; 3],
}

impl<'a> Message<'a> {
    /// The message in a datagram, or `None` where it is none of a server to a client on Ethernet.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Message<'a>> {
        let is_answer = bytes.starts_with(&[2, 1, 6]) && array_at(bytes, FIXED_BYTES - 4)? == COOKIE;
        let mut areas = [bytes.get(FIXED_BYTES..).filter(|_| is_answer)?, &[], &[]];
        let mut overload = [0];
        if let Some(&[fields]) = collect(&areas, code::OVERLOAD, &mut overload) {
            areas[1] = if fields & 1 != 0 { &bytes[108..236] } else { &[] };
            areas[2] = if fields & 2 != 0 { &bytes[44..108] } else { &[] };
        }
        let mut kind = [0];
        let kind = match *collect(&areas, code::MESSAGE_TYPE, &mut kind)?.first()? {
            2 => Kind::Offer,
            5 => Kind::Acknowledgement,
            6 => Kind::Refusal,
            _ => return None,
        };
        Some(Message {
            kind,
            transaction: u32_at(bytes, 4)?,
            address: array_at::<4>(bytes, 16)?.into(),
            mac: Mac(array_at(bytes, 28)?),
            areas,
        })
    }

    /// The value of an option, as much of it as the buffer takes.
    pub(super) fn option<'b>(&self, code: u8, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        collect(&self.areas, code, buffer)
    }

    /// An option of four bytes.
    pub(super) fn u32(&self, code: u8) -> Option<u32> {
        let mut buffer = [0; 4];
        u32_at(self.option(code, &mut buffer)?, 0)
    }

    /// An option of one address.
    pub(super) fn address(&self, code: u8) -> Option<Ipv4Addr> {
        self.u32(code).map(Ipv4Addr::from)
    }
}

/// The value of an option, which may be in parts (RFC 3396, section 7). What is cut off ends the area that it is in.
fn collect<'b>(areas: &[&[u8]], wanted: u8, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let (mut len, mut is_there) = (0, false);
    for area in areas {
        let mut at = 0;
        while let Some(code) = u8_at(area, at).filter(|code| *code != code::END) {
            at += 1;
            if code == code::PAD {
                continue;
            }
            let Some(length) = u8_at(area, at).map(usize::from) else { break };
            let Some(value) = area.get(at + 1..at + 1 + length) else { break };
            at += 1 + length;
            if code == wanted {
                is_there = true;
                let count = value.len().min(buffer.len() - len);
                buffer[len..len + count].copy_from_slice(&value[..count]);
                len += count;
            }
        }
    }
    is_there.then_some(&buffer[..len])
}
