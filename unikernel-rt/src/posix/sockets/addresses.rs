//! Addresses of sockets as C has them: `struct sockaddr_in` and `struct sockaddr_in6`.

use crate::posix::errno::{EAFNOSUPPORT, EFAULT, EINVAL, Errno};
use core::ffi::{c_int, c_void};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

pub(in crate::posix) const AF_UNSPEC: c_int = 0;
pub(in crate::posix) const AF_INET: c_int = 2;
pub(in crate::posix) const AF_INET6: c_int = 10;

/// Of which family a socket is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    V4,
    /// IPv4 as well, as addresses of `::ffff:0:0/96`.
    V6,
}

impl Family {
    pub(super) fn number(self) -> c_int {
        match self {
            Family::V4 => AF_INET,
            Family::V6 => AF_INET6,
        }
    }

    /// All addresses, and any port.
    pub(super) fn unspecified(self) -> SocketAddr {
        match self {
            Family::V4 => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            Family::V6 => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        }
    }
}

/// Room for an address of either family.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct Raw {
    bytes: [u8; V6_BYTES],
    length: u32,
}

const V4_BYTES: usize = 16;
const V6_BYTES: usize = 28;

impl Raw {
    /// An address as a socket of this family tells it.
    pub(super) fn new(address: SocketAddr, family: Family) -> Self {
        let mut bytes = [0; V6_BYTES];
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        put(2, &address.port().to_be_bytes());
        let mapped = match address {
            SocketAddr::V4(address) if family == Family::V4 => {
                put(0, &(AF_INET as u16).to_ne_bytes());
                put(4, &address.ip().octets());
                return Raw { bytes, length: V4_BYTES as u32 };
            }
            SocketAddr::V4(address) => address.ip().to_ipv6_mapped(),
            SocketAddr::V6(address) => {
                put(24, &address.scope_id().to_ne_bytes());
                *address.ip()
            }
        };
        put(0, &(AF_INET6 as u16).to_ne_bytes());
        put(8, &mapped.octets());
        Raw { bytes, length: V6_BYTES as u32 }
    }

    pub(super) fn length(&self) -> u32 {
        self.length
    }

    pub(super) fn start(&self) -> *const c_void {
        self.bytes.as_ptr().cast()
    }
}

/// Hands an address to a caller who wants it, cut to the room that he has.
///
/// # Safety
/// `to` is null, or has as many bytes as `length` points to.
pub(super) unsafe fn write(address: &Raw, to: *mut c_void, length: *mut u32) -> Result<(), Errno> {
    if to.is_null() {
        return Ok(());
    }
    if length.is_null() {
        return Err(EFAULT);
    }
    // SAFETY: the caller's promise.
    unsafe {
        let count = length.read().min(address.length);
        to.cast::<u8>().copy_from_nonoverlapping(address.bytes.as_ptr(), count as usize);
        length.write(address.length);
    }
    Ok(())
}

/// The address that a caller gives, for a socket of this family; none where it is of no family.
///
/// # Safety
/// `from` points to as many bytes.
pub(super) unsafe fn read(from: *const c_void, length: u32, family: Family) -> Result<Option<SocketAddr>, Errno> {
    if from.is_null() {
        return Err(EFAULT);
    }
    let mut bytes = [0; V6_BYTES];
    let count = (length as usize).min(V6_BYTES);
    // SAFETY: the caller's promise.
    unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(from.cast(), count) };
    parse(&bytes, count, family)
}

fn parse(bytes: &[u8; V6_BYTES], count: usize, family: Family) -> Result<Option<SocketAddr>, Errno> {
    if count < 2 {
        return Err(EINVAL);
    }
    let port = u16::from_be_bytes([bytes[2], bytes[3]]);
    match (c_int::from(u16::from_ne_bytes([bytes[0], bytes[1]])), family) {
        (AF_UNSPEC, _) => Ok(None),
        (AF_INET, Family::V4) if count >= V4_BYTES => {
            let ip = Ipv4Addr::new(bytes[4], bytes[5], bytes[6], bytes[7]);
            Ok(Some(SocketAddrV4::new(ip, port).into()))
        }
        // Before its last field was invented, it had four bytes less.
        (AF_INET6, Family::V6) if count >= V6_BYTES - 4 => {
            let mut octets = [0; 16];
            octets.copy_from_slice(&bytes[8..24]);
            let scope = u32::from_ne_bytes([bytes[24], bytes[25], bytes[26], bytes[27]]);
            let ip = Ipv6Addr::from(octets);
            Ok(Some(match ip.to_ipv4_mapped() {
                Some(ip) => SocketAddrV4::new(ip, port).into(),
                None => SocketAddrV6::new(ip, port, 0, scope).into(),
            }))
        }
        (AF_INET | AF_INET6, _) if count < V4_BYTES || family == Family::V6 => Err(EINVAL),
        _ => Err(EAFNOSUPPORT),
    }
}

/// The address of this machine itself, for who connects to none in particular.
pub(super) fn or_loopback(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        _ => return address,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(address: &str, told: Family, family: Family) -> Result<Option<SocketAddr>, Errno> {
        let raw = Raw::new(address.parse().expect("an address"), told);
        parse(&raw.bytes, raw.length as usize, family)
    }

    #[test]
    fn addresses_go_to_c_and_back() {
        for (address, family) in [
            ("10.0.0.2:80", Family::V4),
            ("10.0.0.2:80", Family::V6),
            ("[fe80::2%3]:65535", Family::V6),
            ("[::]:0", Family::V6),
        ] {
            assert_eq!(parsed(address, family, family), Ok(Some(address.parse().expect("an address"))), "{address}");
        }
    }

    #[test]
    fn another_family_and_what_is_too_short_are_refused() {
        assert_eq!(parsed("10.0.0.2:80", Family::V4, Family::V6), Err(EINVAL));
        assert_eq!(parsed("[::1]:80", Family::V6, Family::V4), Err(EAFNOSUPPORT));
        let raw = Raw::new("10.0.0.2:80".parse().expect("an address"), Family::V4);
        assert_eq!(parse(&raw.bytes, 15, Family::V4), Err(EINVAL));
        assert_eq!(parse(&raw.bytes, 1, Family::V4), Err(EINVAL));
        assert_eq!(parse(&[0; V6_BYTES], 16, Family::V4), Ok(None));
    }

    #[test]
    fn no_address_in_particular_is_this_machine() {
        for (address, expected) in
            [("0.0.0.0:7", "127.0.0.1:7"), ("[::]:7", "[::1]:7"), ("10.0.0.2:7", "10.0.0.2:7"), ("[::2]:7", "[::2]:7")]
        {
            let parse = |text: &str| text.parse::<SocketAddr>().expect("an address");
            assert_eq!(or_loopback(parse(address)), parse(expected));
        }
    }
}
