//! IP addresses, with and without the prefix of their network.
//!
//! `core::net` parses them too, but not in a constant. What is accepted is the same (RFC 4291 section 2.2 for IPv6; no
//! leading zeros in IPv4, which some systems read as octal), and a test holds the two against each other.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Reason;
use super::integer::{digit, digits};

/// The version of the Internet protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
    /// Either of them.
    Any,
}

/// An address of a host and the prefix of its network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddressPrefix {
    /// The address of the host.
    pub address: IpAddr,
    /// The length of the network's prefix in bits.
    pub prefix: u8,
}

/// Parses an IPv4 address such as `10.0.0.2`.
///
/// # Errors
/// [`Reason::Malformed`] for anything else.
pub const fn address_v4(text: &str) -> Result<Ipv4Addr, Reason> {
    parse_v4(text.as_bytes())
}

/// Parses an IPv6 address such as `fd00::2`.
///
/// # Errors
/// [`Reason::Malformed`] for anything else.
pub const fn address_v6(text: &str) -> Result<Ipv6Addr, Reason> {
    parse_v6(text.as_bytes())
}

/// Parses an address of the family.
///
/// # Errors
/// [`Reason::Malformed`] for anything else.
pub const fn address(text: &str, family: Family) -> Result<IpAddr, Reason> {
    parse(text.as_bytes(), family)
}

/// Parses an address of the family with a prefix, such as `10.0.0.2/24`; without one it is 24 for IPv4, 64 for IPv6.
///
/// # Errors
/// [`Reason::Malformed`], or [`Reason::Prefix`] when the address is right and the prefix is not.
pub const fn address_prefix(text: &str, family: Family) -> Result<AddressPrefix, Reason> {
    let bytes = text.as_bytes();
    let mut rest = bytes;
    let (address, prefix) = loop {
        match rest {
            [] => break (bytes, None),
            [b'/', prefix @ ..] => match bytes.split_at_checked(bytes.len() - rest.len()) {
                Some((address, _)) => break (address, Some(prefix)),
                None => break (bytes, None),
            },
            [_, after @ ..] => rest = after,
        }
    };
    let address = match parse(address, family) {
        Ok(address) => address,
        Err(reason) => return Err(reason),
    };
    let (usual, max) = match address {
        IpAddr::V4(_) => (24, 32),
        IpAddr::V6(_) => (64, 128),
    };
    let prefix = match prefix {
        None => usual,
        Some([b'0', _, ..] | [_, b'_', ..]) => return Err(Reason::Prefix),
        Some(prefix) => match digits(prefix, 10) {
            Ok(prefix) if prefix <= max => prefix as u8,
            _ => return Err(Reason::Prefix),
        },
    };
    Ok(AddressPrefix { address, prefix })
}

const fn parse(bytes: &[u8], family: Family) -> Result<IpAddr, Reason> {
    if !matches!(family, Family::V6)
        && let Ok(address) = parse_v4(bytes)
    {
        return Ok(IpAddr::V4(address));
    }
    if !matches!(family, Family::V4)
        && let Ok(address) = parse_v6(bytes)
    {
        return Ok(IpAddr::V6(address));
    }
    Err(Reason::Malformed)
}

const fn parse_v4(mut bytes: &[u8]) -> Result<Ipv4Addr, Reason> {
    let mut address = 0u32;
    let mut octets = 0usize; // counted to the end, because a loop of a known length would be unrolled
    loop {
        let (mut octet, mut length) = (0, 0usize);
        while let [byte @ b'0'..=b'9', rest @ ..] = bytes {
            octet = octet * 10 + (*byte - b'0') as u32;
            length += 1;
            bytes = rest;
            if octet > 255 || (octet < 10 && length > 1) {
                return Err(Reason::Malformed); // too large, or a leading zero
            }
        }
        address = address << 8 | octet;
        octets += 1;
        bytes = match bytes {
            [] if octets == 4 && length > 0 => return Ok(Ipv4Addr::from_bits(address)),
            [b'.', rest @ ..] if length > 0 => rest,
            _ => return Err(Reason::Malformed),
        };
    }
}

/// The 16-bit groups that were read so far, as one number: the first group is the most significant.
struct Groups {
    value: u128,
    count: u32,
}

impl Groups {
    const fn push(&mut self, group: u16) {
        self.value = self.value << 16 | group as u128;
        self.count += 1; // at most one for each byte of the text
    }
}

const fn parse_v6(bytes: &[u8]) -> Result<Ipv6Addr, Reason> {
    let mut groups = Groups { value: 0, count: 0 };
    let mut gap = None; // how many groups stand before `::`
    let mut rest = bytes;
    if let [b':', b':', after @ ..] = rest {
        gap = Some(0);
        rest = after;
    }
    let mut open = gap.is_none(); // whether a group must follow
    while open || !rest.is_empty() {
        let start = rest;
        let mut group = 0;
        let mut length = 0;
        while let [byte, after @ ..] = rest
            && digit(*byte) < 16
            && length < 4
        {
            group = group << 4 | digit(*byte) as u16;
            length += 1;
            rest = after;
        }
        if length == 0 {
            return Err(Reason::Malformed);
        }
        if let [b'.', ..] = rest {
            let Ok(v4) = parse_v4(start) else { return Err(Reason::Malformed) };
            let [a, b, c, d] = v4.octets();
            groups.push((a as u16) << 8 | b as u16);
            groups.push((c as u16) << 8 | d as u16);
            break;
        }
        groups.push(group);
        (rest, open) = match rest {
            [] => (rest, false),
            [b':', b':', after @ ..] if gap.is_none() => {
                gap = Some(groups.count);
                (after, false)
            }
            [b':', after @ ..] => (after, true),
            _ => return Err(Reason::Malformed),
        };
    }
    let value = match gap {
        None if groups.count == 8 => groups.value,
        Some(0) if groups.count < 8 => groups.value,
        Some(before) if groups.count < 8 => {
            // The groups before `::` move up, those behind it stay at the low end.
            let low_bits = (groups.count - before) * 16;
            let low = groups.value & ((1 << low_bits) - 1);
            (groups.value >> low_bits) << (128 - before * 16) | low
        }
        _ => return Err(Reason::Malformed),
    };
    Ok(Ipv6Addr::from_bits(value))
}
