//! Messages of DHCPv6 (RFC 8415, sections 8 and 21) and their options (RFC 3646 for name servers).

use crate::address::Ipv6Addr;
use crate::bytes::{array_at, u16_at, u32_at};
use crate::ethernet::Mac;
use core::time::Duration;

pub(super) const CLIENT_PORT: u16 = 546;
pub(super) const SERVER_PORT: u16 = 547;

const REPLY: u8 = 7;
const INFORMATION_REQUEST: u8 = 11;
/// The type and the number of the transaction.
const HEADER_BYTES: usize = 4;

/// Codes of options.
mod code {
    pub(super) const CLIENT: u16 = 1;
    pub(super) const SERVER: u16 = 2;
    pub(super) const WANTED: u16 = 6;
    pub(super) const ELAPSED_TIME: u16 = 8;
    pub(super) const STATUS: u16 = 13;
    pub(super) const NAME_SERVERS: u16 = 23;
    pub(super) const REFRESH_TIME: u16 = 32;
    pub(super) const LONGEST_PAUSE: u16 = 83;
}

/// Who the client is: by the address of its card (section 11.4), which is the same after each boot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Identifier([u8; 10]);

impl Identifier {
    pub(super) fn of(mac: Mac) -> Self {
        let mut bytes = [0, 3, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes[4..].copy_from_slice(&mac.0);
        Identifier(bytes)
    }
}

const REQUEST_BYTES: usize = 34;

/// Asks for name servers, and for how long they are right.
pub(super) fn information_request(transaction: u32, identifier: &Identifier, elapsed: Duration) -> [u8; REQUEST_BYTES] {
    let hundredths = u16::try_from(elapsed.as_millis() / 10).unwrap_or(u16::MAX);
    let mut message = [0; REQUEST_BYTES];
    message[..4].copy_from_slice(&transaction.to_be_bytes());
    message[0] = INFORMATION_REQUEST;
    // The codes and lengths of three options, and what is in them.
    let words = [code::WANTED, 6, code::NAME_SERVERS, code::REFRESH_TIME, code::LONGEST_PAUSE];
    let words = [code::ELAPSED_TIME, 2, hundredths].into_iter().chain(words).chain([code::CLIENT, 10]);
    for (place, word) in message[4..].chunks_exact_mut(2).zip(words) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    message[REQUEST_BYTES - 10..].copy_from_slice(&identifier.0);
    message
}

/// An answer whose options are well-formed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reply<'a> {
    transaction: u32,
    options: &'a [u8],
}

impl<'a> Reply<'a> {
    /// The reply of a datagram, or `None` where it is none (sections 16.10 and 21.1).
    pub(super) fn parse(message: &'a [u8]) -> Option<Reply<'a>> {
        let header = u32_at(message, 0)?;
        let options = message.get(HEADER_BYTES..)?;
        let mut rest = options;
        while !rest.is_empty() {
            rest = rest.get(4 + usize::from(u16_at(rest, 2)?)..)?;
        }
        (header >> 24 == u32::from(REPLY)).then_some(Reply { transaction: header & 0xFF_FFFF, options })
    }

    /// The first option of this code.
    fn option(&self, wanted: u16) -> Option<&'a [u8]> {
        let mut rest = self.options;
        loop {
            let (code, bytes) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
            let option = rest.get(4..4 + bytes)?;
            if code == wanted {
                return Some(option);
            }
            rest = &rest[4 + bytes..];
        }
    }

    /// Whether it answers this question, and says who answers.
    pub(super) fn is_for(&self, transaction: u32, client: &Identifier) -> bool {
        let has_server = self.option(code::SERVER).is_some_and(|server| !server.is_empty());
        self.transaction == transaction && has_server && self.option(code::CLIENT) == Some(&client.0)
    }

    /// Whether the server had no reason to refuse.
    pub(super) fn is_success(&self) -> bool {
        self.option(code::STATUS).is_none_or(|status| u16_at(status, 0) == Some(0))
    }

    pub(super) fn name_servers(&self) -> impl Iterator<Item = Ipv6Addr> + use<'a> {
        let servers = self.option(code::NAME_SERVERS).filter(|servers| servers.len().is_multiple_of(16));
        let servers = servers.unwrap_or_default().chunks_exact(16);
        let servers = servers.filter_map(|server| array_at::<16>(server, 0).map(Ipv6Addr::from));
        servers.filter(|server| !server.is_unspecified() && !server.is_multicast() && !server.is_loopback())
    }

    /// After which time it is to be asked again; all ones are never.
    pub(super) fn refresh_time(&self) -> Option<Duration> {
        let seconds =
            self.option(code::REFRESH_TIME).filter(|time| time.len() == 4).and_then(|time| u32_at(time, 0))?;
        Some(if seconds == u32::MAX { Duration::MAX } else { Duration::from_secs(seconds.into()) })
    }

    /// The longest time between two questions, where it is one (section 21.25).
    pub(super) fn longest_pause(&self) -> Option<Duration> {
        let seconds =
            self.option(code::LONGEST_PAUSE).filter(|time| time.len() == 4).and_then(|time| u32_at(time, 0))?;
        (60..=86_400).contains(&seconds).then(|| Duration::from_secs(seconds.into()))
    }
}
