//! The network between a guest and its host, where it is the hypervisor's own.
//!
//! Such a network ("user" or NAT) has three addresses: the host's, which is also the gateway, a name server's, and the guest's.
//! A guest with addresses of its own needs a network around these.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An IPv4 network of a hypervisor's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network4 {
    /// Its address.
    pub network: Ipv4Addr,
    /// The length of its prefix in bits.
    pub prefix: u8,
    /// The host's address in it.
    pub host: Ipv4Addr,
    /// The name server's, where there is room for one.
    pub name_server: Option<Ipv4Addr>,
    /// The guest's: its own, or the one that DHCP hands out.
    pub guest: Ipv4Addr,
}

/// An IPv6 network of a hypervisor's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network6 {
    /// Its address.
    pub network: Ipv6Addr,
    /// The length of its prefix in bits.
    pub prefix: u8,
    /// The host's address in it.
    pub host: Ipv6Addr,
    /// The name server's.
    pub name_server: Ipv6Addr,
}

impl Network4 {
    /// The network around a guest, with the host where the guest looks for a gateway, and the name server where it looks for one.
    ///
    /// `None` where the prefix leaves no room for a guest and a host, or is shorter than a hypervisor takes, and for an address
    /// that cannot be a host's.
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
        // Where there is room for one alone, it is the host.
        let (host, name_server) = match (host, name_server) {
            (Some(host), name_server) => (host, name_server.or_else(|| free([Some(host), None]))),
            (None, name_server) => (name_server?, None),
        };
        Some(Self { network: Ipv4Addr::from_bits(network), prefix, host, name_server, guest })
    }

    /// The network of a guest that asks for its address, or has none. Each of several cards has another one.
    #[must_use]
    pub fn usual(index: usize) -> Self {
        let third = 2_u8.wrapping_add(u8::try_from(index % 200).unwrap_or_default());
        let at = |last| Ipv4Addr::new(10, 0, third, last);
        Self { network: at(0), prefix: 24, host: at(2), name_server: Some(at(3)), guest: at(15) }
    }
}

impl Network6 {
    /// The network around a guest.
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

    /// The network of a guest that takes what is advertised.
    #[must_use]
    pub const fn usual() -> Self {
        const fn at(last: u16) -> Ipv6Addr {
            Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last)
        }
        Self { network: at(0), prefix: 64, host: at(2), name_server: at(3) }
    }
}
