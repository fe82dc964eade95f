//! Questions and answers (RFC 1035, section 4; RFC 2181, sections 5 and 8; RFC 2308).

use super::name::{self, Name};
use crate::address::{self, IpAddr};
use crate::bytes::{array_at, u16_at, u32_at};
use crate::list::List;
use core::net::Ipv4Addr;

/// The most addresses that are taken of a name and a family.
pub(super) const MOST_ADDRESSES: usize = 8;
/// Names that stand for one another, in a row: more is a circle.
pub(super) const MOST_ALIASES: u8 = 8;
/// Bytes of a question with the longest name.
pub(super) const MOST_BYTES: usize = HEADER_BYTES + name::MOST_BYTES + 4;

const HEADER_BYTES: usize = 12;
/// Flags and codes of the header's third and fourth byte.
const IS_ANSWER: u16 = 0x8000;
const OPERATION: u16 = 0x7800;
const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
const CODE: u16 = 0x000F;
const NO_SUCH_NAME: u16 = 3;

const CLASS_INTERNET: u16 = 1;
const CNAME: u16 = 5;
const SOA: u16 = 6;
/// The most records of a message that are looked at.
const MOST_RECORDS: u16 = 128;
/// RFC 8767, section 4: nothing is believed for longer.
const MOST_SECONDS: u32 = 86_400;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    A = 1,
    Aaaa = 28,
}

/// What a server has answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(feature = "ipv6"), expect(clippy::large_enum_variant, reason = "there is one at a time"))]
pub(super) enum Answer {
    Addresses(List<IpAddr, MOST_ADDRESSES>),
    /// Another name stands for it, of which nothing is said.
    Alias(Name),
    NoSuchName,
    NoAddress,
    /// More than a datagram has room for.
    Truncated,
    /// The server does not know, or does not want to say.
    Failed,
}

/// An answer, and for how many seconds it may be kept.
pub(super) type Kept = (Answer, u32);

/// Writes a question; how many bytes it has.
pub(super) fn question(id: u16, name: &Name, kind: Kind, buffer: &mut [u8; MOST_BYTES]) -> usize {
    buffer[..HEADER_BYTES].fill(0);
    buffer[..2].copy_from_slice(&id.to_be_bytes());
    buffer[2..4].copy_from_slice(&RECURSION_DESIRED.to_be_bytes());
    buffer[5] = 1;
    let end = HEADER_BYTES + name.as_bytes().len();
    buffer[HEADER_BYTES..end].copy_from_slice(name.as_bytes());
    buffer[end..end + 2].copy_from_slice(&(kind as u16).to_be_bytes());
    buffer[end + 2..end + 4].copy_from_slice(&CLASS_INTERNET.to_be_bytes());
    end + 4
}

/// What a message says, or `None` where it is no answer to the question: it may be forged, and the true one may still come.
pub(super) fn read(message: &[u8], id: u16, asked: &Name, kind: Kind) -> Option<Kept> {
    let flags = u16_at(message, 2)?;
    if u16_at(message, 0)? != id || flags & (IS_ANSWER | OPERATION) != IS_ANSWER || u16_at(message, 4)? != 1 {
        return None;
    }
    let (name, at) = Name::read(message, HEADER_BYTES)?;
    let is_asked = (u16_at(message, at)?, u16_at(message, at + 2)?) == (kind as u16, CLASS_INTERNET);
    if name != *asked || !is_asked {
        return None;
    }
    if flags & TRUNCATED != 0 {
        return Some((Answer::Truncated, 0));
    }
    let code = flags & CODE;
    if code != 0 && code != NO_SUCH_NAME {
        return Some((Answer::Failed, 0));
    }
    let answers = Records { message, at: at + 4, left: u16_at(message, 6)?.min(MOST_RECORDS) };
    Some(follow(message, answers, *asked, kind, code).unwrap_or((Answer::Failed, 0)))
}

/// The addresses of a name, or of what stands for it; `None` where a record is malformed.
fn follow(message: &[u8], answers: Records<'_>, asked: Name, kind: Kind, code: u16) -> Option<Kept> {
    let (mut name, mut seconds) = (asked, MOST_SECONDS);
    for _ in 0..=MOST_ALIASES {
        let mut addresses = List::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let mut alias = None;
        let mut records = answers;
        while let Some(record) = records.next()? {
            let is_of_name = record.owner == name && record.class == CLASS_INTERNET;
            let address = match (kind, record.data) {
                _ if !is_of_name => continue,
                (Kind::A, data) if record.kind == kind as u16 => {
                    array_at::<4>(data, 0).map(|octets| IpAddr::V4(octets.into()))
                }
                (Kind::Aaaa, data) if record.kind == kind as u16 => array_at(data, 0).and_then(address::of_octets),
                _ if record.kind == CNAME => {
                    alias = Some((Name::read(message, record.data_at)?.0, record.seconds));
                    continue;
                }
                _ => continue,
            };
            addresses.extend([address?]);
            seconds = seconds.min(record.seconds);
        }
        if !addresses.as_slice().is_empty() {
            return Some((Answer::Addresses(addresses), seconds));
        }
        let Some((next, kept)) = alias else { return nothing(answers, name, seconds, name != asked, code) };
        (name, seconds) = (next, seconds.min(kept));
    }
    None
}

/// There is no address in the answer: because there is none, or because the server does not follow aliases.
fn nothing(answers: Records<'_>, name: Name, seconds: u32, is_alias: bool, code: u16) -> Option<Kept> {
    let mut records = answers;
    while records.next()?.is_some() {}
    let mut authority = Records { left: u16_at(answers.message, 8)?.min(MOST_RECORDS), ..records };
    // RFC 2308, section 5: how long it may be kept that there is nothing, is said by the zone's authority.
    let mut kept = None;
    while let Some(record) = authority.next()? {
        if record.kind == SOA {
            let least = record.data.len().checked_sub(4).and_then(|at| u32_at(record.data, at))?;
            kept = Some(record.seconds.min(ttl(least)).min(seconds));
        }
    }
    Some(match (code, kept) {
        (NO_SUCH_NAME, kept) => (Answer::NoSuchName, kept.unwrap_or(0)),
        (_, None) if is_alias => (Answer::Alias(name), seconds),
        (_, kept) => (Answer::NoAddress, kept.unwrap_or(0)),
    })
}

/// RFC 2181, section 8: the first bit is none of it.
fn ttl(seconds: u32) -> u32 {
    if seconds > i32::MAX as u32 { 0 } else { seconds.min(MOST_SECONDS) }
}

struct Record<'a> {
    owner: Name,
    kind: u16,
    class: u16,
    seconds: u32,
    data: &'a [u8],
    /// Where the data is in the message: names in it point back.
    data_at: usize,
}

/// Records of a section that are not read yet.
#[derive(Clone, Copy)]
struct Records<'a> {
    message: &'a [u8],
    at: usize,
    left: u16,
}

impl<'a> Records<'a> {
    /// The next one; `None` where it is malformed.
    fn next(&mut self) -> Option<Option<Record<'a>>> {
        if self.left == 0 {
            return Some(None);
        }
        self.left -= 1;
        let (owner, at) = Name::read(self.message, self.at)?;
        let (kind, class) = (u16_at(self.message, at)?, u16_at(self.message, at + 2)?);
        let seconds = ttl(u32_at(self.message, at + 4)?);
        let data_at = at + 10;
        let data = self.message.get(data_at..data_at + usize::from(u16_at(self.message, at + 8)?))?;
        self.at = data_at + data.len();
        Some(Some(Record { owner, kind, class, seconds, data, data_at }))
    }
}
