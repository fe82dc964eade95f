//! Addresses where IPv4 alone is spoken: in the form of the standard library's, and of four bytes, because there are none of IPv6.
//! Everything that would be done with one is no code.

use core::fmt;
use core::net::Ipv4Addr;

/// An address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum IpAddr {
    /// Of IPv4.
    V4(Ipv4Addr),
    /// There is none.
    V6(Ipv6Addr),
}

/// There is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ipv6Addr {}

/// An address and a port.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SocketAddr {
    ip: Ipv4Addr,
    port: u16,
}

impl Ipv6Addr {
    pub(crate) const fn octets(&self) -> [u8; 16] {
        match *self {}
    }

    pub(crate) const fn segments(&self) -> [u16; 8] {
        match *self {}
    }

    pub(crate) const fn is_multicast(&self) -> bool {
        match *self {}
    }

    pub(crate) const fn is_unspecified(&self) -> bool {
        match *self {}
    }

    pub(crate) const fn is_loopback(&self) -> bool {
        match *self {}
    }

    pub(crate) const fn is_unicast_link_local(&self) -> bool {
        match *self {}
    }
}

impl IpAddr {
    /// Whether it is of IPv4, as all are.
    pub const fn is_ipv4(&self) -> bool {
        true
    }

    /// Whether it is of IPv6, as none is.
    pub const fn is_ipv6(&self) -> bool {
        false
    }

    const fn ipv4(self) -> Ipv4Addr {
        match self {
            IpAddr::V4(address) => address,
            IpAddr::V6(address) => match address {},
        }
    }

    /// Whether it is `0.0.0.0`.
    pub const fn is_unspecified(&self) -> bool {
        self.ipv4().is_unspecified()
    }

    /// Whether it is of 127.0.0.0/8.
    pub const fn is_loopback(&self) -> bool {
        self.ipv4().is_loopback()
    }

    /// Whether it is a group's.
    pub const fn is_multicast(&self) -> bool {
        self.ipv4().is_multicast()
    }
}

impl From<Ipv4Addr> for IpAddr {
    fn from(address: Ipv4Addr) -> Self {
        IpAddr::V4(address)
    }
}

impl fmt::Display for IpAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ipv4().fmt(formatter)
    }
}

impl fmt::Debug for IpAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ipv4().fmt(formatter)
    }
}

impl SocketAddr {
    /// An address and a port.
    pub const fn new(ip: IpAddr, port: u16) -> Self {
        SocketAddr { ip: ip.ipv4(), port }
    }

    /// The address.
    pub const fn ip(&self) -> IpAddr {
        IpAddr::V4(self.ip)
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is of IPv4, as all are.
    pub const fn is_ipv4(&self) -> bool {
        true
    }
}

impl fmt::Display for SocketAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        widen(*self).fmt(formatter)
    }
}

impl fmt::Debug for SocketAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        widen(*self).fmt(formatter)
    }
}

/// An address as the stack has it; `None` for one of a family that is not spoken.
pub fn narrow(address: core::net::SocketAddr) -> Option<SocketAddr> {
    match address {
        core::net::SocketAddr::V4(address) => Some(SocketAddr { ip: *address.ip(), port: address.port() }),
        core::net::SocketAddr::V6(_) => None,
    }
}

/// An address as everybody has it.
pub fn widen(address: SocketAddr) -> core::net::SocketAddr {
    core::net::SocketAddr::new(core::net::IpAddr::V4(address.ip), address.port)
}

/// The IPv6 address of these bytes: there is none.
pub(crate) fn of_octets(_: [u8; 16]) -> Option<IpAddr> {
    None
}

/// There is no address that it could be of.
pub(crate) fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    address
}
