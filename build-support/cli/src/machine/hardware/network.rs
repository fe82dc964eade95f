//! The addresses of a hypervisor's user network.
//!
//! Such a network ("user" or NAT) has three addresses: the host's, which is also the gateway, the DNS server's, and the guest's.
//! For a guest with static addresses, the network is chosen to contain them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The IPv4 addresses of a user network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network4 {
    /// Its address.
    pub network: Ipv4Addr,
    /// The length of its prefix in bits.
    pub prefix: u8,
    /// The host's address in it.
    pub host: Ipv4Addr,
    /// The DNS server's, if there is room for one.
    pub name_server: Option<Ipv4Addr>,
    /// The guest's: static, or assigned by DHCP.
    pub guest: Ipv4Addr,
}

/// The IPv6 addresses of a user network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network6 {
    /// Its address.
    pub network: Ipv6Addr,
    /// The length of its prefix in bits.
    pub prefix: u8,
    /// The host's address in it.
    pub host: Ipv6Addr,
    /// The DNS server's.
    pub name_server: Ipv6Addr,
}

impl Network4 {
    /// The network of a guest with a static address; the host has the guest's gateway address, and the DNS server the guest's
    /// DNS address.
    ///
    /// `None` if the prefix leaves no room for a guest and a host, if it is shorter than hypervisors accept, and for an address
    /// that is not a valid host address.
    #[must_use]
    pub fn around(
        guest: Ipv4Addr,
        prefix: u8,
        gateway: Option<Ipv4Addr>,
        name_server: Option<Ipv4Addr>,
    ) -> Option<Self> {
        if !(4..=30).contains(&prefix) {
            return None;
        }
        let mask = u32::MAX << (32 - prefix);
        let network = guest.to_bits() & mask;
        let (first, last) = (network + 1, (network | !mask) - 1);
        let is_host = |address: &Ipv4Addr| (first..=last).contains(&address.to_bits());
        if !is_host(&guest) {
            return None;
        }
        let name_server = name_server.filter(is_host).filter(|address| *address != guest);
        let gateway = gateway.filter(is_host).filter(|address| *address != guest && Some(*address) != name_server);
        let free = |taken: [Option<Ipv4Addr>; 2]| {
            (first..=last.min(first + 3))
                .map(Ipv4Addr::from_bits)
                .find(|one| *one != guest && !taken.contains(&Some(*one)))
        };
        let host = gateway.or_else(|| free([name_server, None]));
        // If there is room for only one address, it is the host's.
        let (host, name_server) = match (host, name_server) {
            (Some(host), name_server) => (host, name_server.or_else(|| free([Some(host), None]))),
            (None, name_server) => (name_server?, None),
        };
        Some(Self { network: Ipv4Addr::from_bits(network), prefix, host, name_server, guest })
    }

    /// The network of a guest that uses DHCP, or has no address. Each card has a different one.
    #[must_use]
    pub fn usual(index: usize) -> Self {
        let third = 2_u8.wrapping_add(u8::try_from(index % 200).unwrap_or_default());
        let at = |last| Ipv4Addr::new(10, 0, third, last);
        Self { network: at(0), prefix: 24, host: at(2), name_server: Some(at(3)), guest: at(15) }
    }
}

impl Network6 {
    /// The network of a guest with a static address.
    #[must_use]
    pub fn around(guest: Ipv6Addr, prefix: u8) -> Option<Self> {
        if !(8..=126).contains(&prefix) {
            return None;
        }
        let network = guest.to_bits() & u128::MAX << (128 - prefix);
        let mut free = (1..4).map(|last| Ipv6Addr::from_bits(network | last)).filter(|address| *address != guest);
        let (host, name_server) = (free.next()?, free.next()?);
        Some(Self { network: Ipv6Addr::from_bits(network), prefix, host, name_server })
    }

    /// The network of a guest that uses router advertisements.
    #[must_use]
    pub const fn usual() -> Self {
        const fn at(last: u16) -> Ipv6Addr {
            Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last)
        }
        Self { network: at(0), prefix: 64, host: at(2), name_server: at(3) }
    }
}
