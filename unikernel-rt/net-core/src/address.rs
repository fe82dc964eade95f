//! Addresses with a prefix (CIDR, RFC 4632), and the kinds of addresses (RFC 6890, RFC 4291).

use core::net::Ipv4Addr;

#[cfg(feature = "ipv6")]
mod dual;
#[cfg(not(feature = "ipv6"))]
mod ipv4_only;

#[cfg(feature = "ipv6")]
pub(crate) use dual::Ipv6Addr;
#[cfg(feature = "ipv6")]
pub use dual::{IpAddr, SocketAddr, narrow, widen};
#[cfg(feature = "ipv6")]
pub(crate) use dual::{of_octets, solicited_node};
#[cfg(not(feature = "ipv6"))]
pub(crate) use ipv4_only::Ipv6Addr;
#[cfg(not(feature = "ipv6"))]
pub use ipv4_only::{IpAddr, SocketAddr, narrow, widen};
#[cfg(not(feature = "ipv6"))]
pub(crate) use ipv4_only::{of_octets, solicited_node};

/// The most addresses of one card.
pub const MOST_ADDRESSES: usize = 8;

/// An address and how many of its first bits name the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prefix {
    address: IpAddr,
    bits: u8,
}

impl Prefix {
    /// All of IPv4.
    pub const ALL_IPV4: Prefix = Prefix { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), bits: 0 };
    /// All of IPv6.
    #[cfg(feature = "ipv6")]
    pub const ALL_IPV6: Prefix = Prefix { address: IpAddr::V6(Ipv6Addr::UNSPECIFIED), bits: 0 };

    /// An address and its prefix's length, or `None` where the address has fewer bits.
    pub const fn new(address: IpAddr, bits: u8) -> Option<Self> {
        if bits <= width(address) { Some(Prefix { address, bits }) } else { None }
    }

    /// One address alone.
    pub const fn of_host(address: IpAddr) -> Self {
        Prefix { address, bits: width(address) }
    }

    /// The address, with the bits after the prefix.
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// The length of the prefix.
    pub const fn bits(&self) -> u8 {
        self.bits
    }

    /// Whether an address is of this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        common_bits(self.address, address).is_some_and(|common| common >= self.bits)
    }

    /// The address of all hosts of an IPv4 network. Networks of one or two hosts have none (RFC 3021).
    pub fn broadcast(&self) -> Option<Ipv4Addr> {
        match self.address {
            IpAddr::V4(address) if self.bits < 31 => Some(Ipv4Addr::from(u32::from(address) | u32::MAX >> self.bits)),
            _ => None,
        }
    }
}

const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// How many of their first bits two addresses share, or `None` where they are of two families.
pub(crate) fn common_bits(one: IpAddr, other: IpAddr) -> Option<u8> {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => Some((u32::from(one) ^ u32::from(other)).leading_zeros() as u8),
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            let differences = u128::from_be_bytes(one.octets()) ^ u128::from_be_bytes(other.octets());
            Some(differences.leading_zeros() as u8)
        }
        _ => None,
    }
}

/// The address that is written so.
pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse::<core::net::IpAddr>().ok()?;
    narrow(core::net::SocketAddr::new(address, 0)).map(|address| address.ip())
}

/// Whether what is bound to one address is for packets to another: `0.0.0.0` is all of IPv4, `::` is all of both.
pub(crate) fn takes(bound: IpAddr, address: IpAddr) -> bool {
    bound == address || (bound.is_unspecified() && (bound.is_ipv6() || address.is_ipv4()))
}

/// How far an address reaches: RFC 4291, section 2.5; IPv4 as RFC 6724, section 3.2 maps it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Scope {
    Link,
    Global,
}

pub(crate) fn scope(address: IpAddr) -> Scope {
    let is_of_link = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_loopback(),
        IpAddr::V6(address) if address.is_multicast() => address.octets()[1] & 0xF <= 2,
        IpAddr::V6(address) => address.is_unicast_link_local() || address.is_loopback(),
    };
    if is_of_link { Scope::Link } else { Scope::Global }
}

/// Whether an address may be the source of a packet that is answered: one host's own, and known.
pub(crate) fn is_host(address: IpAddr) -> bool {
    match address {
        // 0.0.0.0/8 is "this network", 240.0.0.0/4 with 255.255.255.255 is reserved (RFC 6890).
        IpAddr::V4(address) => !(address.octets()[0] == 0 || address.is_multicast() || address.octets()[0] >= 240),
        IpAddr::V6(address) => !(address.is_unspecified() || address.is_multicast()),
    }
}

#[cfg(all(test, feature = "ipv6"))]
mod tests {
    use super::*;

    fn prefix(address: &str, bits: u8) -> Prefix {
        Prefix::new(address.parse().unwrap(), bits).unwrap()
    }

    #[test]
    fn a_prefix_contains_what_shares_its_bits() {
        assert!(prefix("10.0.0.2", 24).contains("10.0.0.200".parse().unwrap()));
        assert!(!prefix("10.0.0.2", 24).contains("10.0.1.2".parse().unwrap()));
        assert!(prefix("10.0.0.2", 32).contains("10.0.0.2".parse().unwrap()));
        assert!(!prefix("10.0.0.2", 32).contains("10.0.0.3".parse().unwrap()));
        assert!(Prefix::ALL_IPV4.contains("255.1.2.3".parse().unwrap()));
        assert!(!Prefix::ALL_IPV4.contains("::1".parse().unwrap()));
        assert!(prefix("2001:db8::1", 64).contains("2001:db8::ffff".parse().unwrap()));
        assert_eq!(Prefix::new("10.0.0.1".parse().unwrap(), 33), None);
    }

    /// RFC 3021: a /31 has no broadcast address.
    #[test]
    fn only_networks_have_a_broadcast_address() {
        assert_eq!(prefix("10.0.0.2", 24).broadcast(), Some(Ipv4Addr::new(10, 0, 0, 255)));
        assert_eq!(prefix("10.0.0.2", 31).broadcast(), None);
        assert_eq!(prefix("10.0.0.2", 32).broadcast(), None);
        assert_eq!(prefix("10.0.0.2", 0).broadcast(), Some(Ipv4Addr::BROADCAST));
    }

    /// RFC 4291, section 2.7.1: the example.
    #[test]
    fn the_solicited_node_group_ends_in_24_bits_of_the_address() {
        assert_eq!(
            solicited_node("4037::01:800:200e:8c6c".parse().unwrap()),
            "ff02::1:ff0e:8c6c".parse::<Ipv6Addr>().unwrap()
        );
    }
}
