//! What a socket binds to.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use smoltcp::wire::IpListenEndpoint;

/// The local address of a socket: a port of all addresses, or of one.
///
/// It is made of a port, of a [`SocketAddr`], or of an address and a port. The unspecified addresses `0.0.0.0` and `::` stand for
/// all addresses.
///
/// ```
/// use core::net::Ipv4Addr;
/// use unikernel_rt::net::BindAddress;
/// assert_eq!(BindAddress::from(80), BindAddress::from((Ipv4Addr::UNSPECIFIED, 80)));
/// assert_ne!(BindAddress::from(80), BindAddress::from((Ipv4Addr::LOCALHOST, 80)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BindAddress {
    /// None for all addresses.
    pub(super) ip: Option<IpAddr>,
    pub(super) port: u16,
}

impl BindAddress {
    /// As the standard library writes it: all addresses are `0.0.0.0`.
    pub(super) fn socket_addr(self) -> SocketAddr {
        SocketAddr::new(self.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), self.port)
    }

    /// As smoltcp has it.
    pub(super) fn endpoint(self) -> IpListenEndpoint {
        IpListenEndpoint { addr: self.ip.and_then(super::endpoint::to_smoltcp), port: self.port }
    }

    /// Whether a packet to some address could be for both.
    pub(super) fn overlaps(self, other: BindAddress) -> bool {
        self.port == other.port && (self.ip.is_none() || other.ip.is_none() || self.ip == other.ip)
    }
}

impl From<u16> for BindAddress {
    fn from(port: u16) -> Self {
        BindAddress { ip: None, port }
    }
}

impl From<SocketAddr> for BindAddress {
    fn from(address: SocketAddr) -> Self {
        BindAddress { ip: Some(address.ip()).filter(|ip| !ip.is_unspecified()), port: address.port() }
    }
}

impl<I: Into<IpAddr>> From<(I, u16)> for BindAddress {
    fn from(address: (I, u16)) -> Self {
        SocketAddr::from(address).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv6Addr;

    #[test]
    fn bound_addresses_overlap_where_a_packet_could_be_for_both() {
        let (one, other) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::LOCALHOST);
        let bound = |ip: Ipv4Addr, port: u16| BindAddress::from((ip, port));
        for (first, second, expected) in [
            (BindAddress::from(7), BindAddress::from(7), true),
            (BindAddress::from(7), BindAddress::from(8), false),
            (BindAddress::from(7), bound(one, 7), true),
            (bound(one, 7), bound(one, 7), true),
            (bound(one, 7), bound(other, 7), false),
            (bound(one, 7), bound(one, 8), false),
            (bound(Ipv4Addr::UNSPECIFIED, 7), bound(other, 7), true),
            ((Ipv6Addr::UNSPECIFIED, 7).into(), bound(other, 7), true),
        ] {
            assert_eq!(first.overlaps(second), expected, "{first:?} and {second:?}");
            assert_eq!(second.overlaps(first), expected, "{second:?} and {first:?}");
        }
    }

    #[test]
    fn all_addresses_are_written_as_the_unspecified_one() {
        assert_eq!(BindAddress::from(7).socket_addr(), SocketAddr::from(([0, 0, 0, 0], 7)));
        assert_eq!(BindAddress::from((Ipv4Addr::LOCALHOST, 7)).socket_addr(), SocketAddr::from(([127, 0, 0, 1], 7)));
    }
}
