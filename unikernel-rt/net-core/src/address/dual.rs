//! Addresses of both families: those of the standard library.

pub(crate) use core::net::Ipv6Addr;
pub use core::net::{IpAddr, SocketAddr};

/// An address as the stack has it; `None` for one of a family that is not spoken.
pub fn narrow(address: core::net::SocketAddr) -> Option<SocketAddr> {
    Some(address)
}

/// An address as everybody has it.
pub fn widen(address: SocketAddr) -> core::net::SocketAddr {
    address
}

/// The IPv6 address of these bytes.
pub(crate) fn of_octets(octets: [u8; 16]) -> Option<IpAddr> {
    Some(IpAddr::V6(Ipv6Addr::from(octets)))
}

/// The group in which the owner of an IPv6 address hears solicitations (RFC 4291, section 2.7.1).
pub(crate) fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    const GROUP: u128 = 0xFF02_0000_0000_0000_0000_0001_FF00_0000;
    Ipv6Addr::from(GROUP | u128::from(address) & 0xFF_FFFF)
}
