//! What a socket binds to.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

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

    /// As the core has it: all addresses are `::` where IPv6 is spoken.
    pub(super) fn for_core(self) -> Result<unikernel_net::SocketAddr, unikernel_net::Error> {
        #[cfg(feature = "ipv6")]
        const ALL: IpAddr = IpAddr::V6(core::net::Ipv6Addr::UNSPECIFIED);
        #[cfg(not(feature = "ipv6"))]
        const ALL: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        // One of a family that is not spoken is not one of this machine.
        unikernel_net::narrow(SocketAddr::new(self.ip.unwrap_or(ALL), self.port))
            .ok_or(unikernel_net::Error::AddressNotAvailable)
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

    #[test]
    fn all_addresses_are_written_as_the_unspecified_one() {
        assert_eq!(BindAddress::from(7).socket_addr(), SocketAddr::from(([0, 0, 0, 0], 7)));
        assert_eq!(BindAddress::from((Ipv4Addr::LOCALHOST, 7)).socket_addr(), SocketAddr::from(([127, 0, 0, 1], 7)));
    }
}
