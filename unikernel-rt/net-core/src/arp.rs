//! ARP (RFC 826) for IPv4 on Ethernet.

use crate::bytes::{array_at, u16_at};
use crate::ethernet::{HEADER_BYTES, Mac};
use core::net::Ipv4Addr;

/// Bytes of a message.
pub(crate) const BYTES: usize = 28;

/// What every message for IPv4 on Ethernet begins with: kinds and lengths of both addresses.
const KIND: [u8; 6] = [0, 1, 8, 0, 6, 4];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    Request = 1,
    Reply = 2,
}

/// A request or a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Message {
    pub(crate) operation: Operation,
    pub(crate) sender: (Mac, Ipv4Addr),
    pub(crate) target: (Mac, Ipv4Addr),
}

impl Message {
    /// The message of a frame, or `None` where it is for other kinds of networks.
    pub(crate) fn parse(frame: &[u8]) -> Option<Message> {
        let message = frame.get(HEADER_BYTES..)?;
        if array_at(message, 0)? != KIND {
            return None;
        }
        Some(Message {
            operation: match u16_at(message, 6)? {
                1 => Operation::Request,
                2 => Operation::Reply,
                _ => return None,
            },
            sender: (Mac(array_at(message, 8)?), Ipv4Addr::from(array_at::<4>(message, 14)?)),
            target: (Mac(array_at(message, 18)?), Ipv4Addr::from(array_at::<4>(message, 24)?)),
        })
    }

    pub(crate) fn bytes(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[..6].copy_from_slice(&KIND);
        bytes[7] = self.operation as u8;
        bytes[8..14].copy_from_slice(&self.sender.0.0);
        bytes[14..18].copy_from_slice(&self.sender.1.octets());
        bytes[18..24].copy_from_slice(&self.target.0.0);
        bytes[24..].copy_from_slice(&self.target.1.octets());
        bytes
    }
}
