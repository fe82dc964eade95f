//! Addresses as smoltcp has them, and as the standard library has them.

use core::net::IpAddr;
#[cfg(any(feature = "tcp", feature = "udp"))]
use core::net::SocketAddr;
use smoltcp::wire::IpAddress;
#[cfg(any(feature = "tcp", feature = "udp"))]
use smoltcp::wire::IpEndpoint;

/// An address as smoltcp has it; none for a protocol that is not linked.
pub(super) fn to_smoltcp(ip: IpAddr) -> Option<IpAddress> {
    match ip {
        IpAddr::V4(ip) => Some(IpAddress::Ipv4(ip)),
        #[cfg(feature = "ipv6")]
        IpAddr::V6(ip) => Some(IpAddress::Ipv6(ip)),
        #[cfg(not(feature = "ipv6"))]
        IpAddr::V6(_) => None,
    }
}

/// As [`to_smoltcp`], with a port.
#[cfg(any(feature = "tcp", feature = "udp"))]
pub(super) fn endpoint(address: SocketAddr) -> Option<IpEndpoint> {
    to_smoltcp(address.ip()).map(|ip| IpEndpoint::new(ip, address.port()))
}

/// An endpoint of smoltcp as the standard library writes it.
#[cfg(any(feature = "tcp", feature = "udp"))]
pub(super) fn socket_addr(endpoint: IpEndpoint) -> SocketAddr {
    SocketAddr::new(IpAddr::from(endpoint.addr), endpoint.port)
}
