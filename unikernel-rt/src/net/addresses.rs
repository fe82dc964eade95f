//! A stack's own addresses, and the way to all others.

use super::stack::{Configuration, Stack};
use crate::drivers::virtio::net::Card;
use core::net::Ipv4Addr;
use smoltcp::wire::{IpCidr, Ipv4Cidr};

impl Stack {
    /// Whether a socket can be bound to an address.
    #[cfg(any(feature = "tcp", feature = "udp"))]
    pub(super) fn check_local(&self, address: super::BindAddress) -> Result<(), super::Error> {
        let is_own = |ip| super::endpoint::to_smoltcp(ip).is_some_and(|ip| self.interface.has_ip_addr(ip));
        if address.ip.is_none_or(is_own) { Ok(()) } else { Err(super::Error::AddressNotAvailable) }
    }

    pub(super) fn configure(&mut self, configuration: &Configuration) {
        let Configuration { mut address, mut gateway, .. } = *configuration;
        #[cfg(feature = "dhcp")]
        if configuration.dhcp {
            (address, gateway) = (None, None);
        }
        #[cfg(not(feature = "dhcp"))]
        let _ = (&mut address, &mut gateway);
        self.set_network(address, gateway);
        #[cfg(feature = "ipv6")]
        self.set_network6(configuration);
    }

    /// Takes an address in place of the one that it had, and tells the network; and the way to all other networks.
    pub(super) fn set_network(&mut self, address: Option<(Ipv4Addr, u8)>, gateway: Option<Ipv4Addr>) {
        #[cfg(feature = "sockets")]
        {
            self.device.filter.address = address.map(|(address, _)| address);
        }
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|address| !matches!(address, IpCidr::Ipv4(_)));
            // Each fails where the table is full, and it has room for these.
            #[cfg(feature = "sockets")]
            let _ = addresses.push(IpCidr::Ipv4(Ipv4Cidr::new(Ipv4Addr::LOCALHOST, 8)));
            if let Some((address, prefix)) = address {
                let _ = addresses.insert(0, IpCidr::Ipv4(Ipv4Cidr::new(address, prefix)));
            }
        });
        self.interface.routes_mut().remove_default_ipv4_route();
        if let Some(gateway) = gateway {
            let _ = self.interface.routes_mut().add_default_ipv4_route(gateway);
        }
        if let Some((address, _)) = address
            && self.device.card.can_transmit()
        {
            announce(&mut self.device.card, address);
            self.device.card.end();
        }
    }

    /// Takes an IPv6 address besides the one that follows from the card's (RFC 4291, appendix A).
    #[cfg(feature = "ipv6")]
    fn set_network6(&mut self, configuration: &Configuration) {
        use smoltcp::wire::Ipv6Cidr;
        let Some((address, prefix)) = configuration.address6 else { return };
        let link_local = super::neighbours::link_local(self.mac());
        self.interface.update_ip_addrs(|addresses| {
            // Each fails where the table is full, and it has room for these.
            let _ = addresses.push(IpCidr::Ipv6(Ipv6Cidr::new(link_local, 64)));
            if !address.is_unspecified() {
                let _ = addresses.push(IpCidr::Ipv6(Ipv6Cidr::new(address, prefix)));
            }
        });
        if let Some(gateway) = configuration.gateway6 {
            let _ = self.interface.routes_mut().add_default_ipv6_route(gateway);
        }
    }

    /// The IPv6 address that others reach it by.
    #[cfg(feature = "ipv6")]
    pub(crate) fn address6(&self) -> Option<core::net::Ipv6Addr> {
        let global = |cidr: &IpCidr| match cidr {
            IpCidr::Ipv6(cidr) => Some(cidr.address()).filter(|address| !address.is_unicast_link_local()),
            IpCidr::Ipv4(_) => None,
        };
        self.interface.ip_addrs().iter().find_map(global)
    }
}

/// Tells the network who has an address (RFC 5227, section 3), so that nobody keeps an older answer.
fn announce(card: &mut Card, address: Ipv4Addr) {
    const BROADCAST: [u8; 6] = [0xff; 6];
    const ARP: [u8; 2] = [0x08, 0x06];
    const ETHERNET_IPV4_REQUEST: [u8; 8] = [0, 1, 0x08, 0x00, 6, 4, 0, 1];
    let (mac, address) = (card.mac(), address.octets());
    let parts: [&[u8]; 8] = [&BROADCAST, &mac, &ARP, &ETHERNET_IPV4_REQUEST, &mac, &address, &[0; 6], &address];
    card.transmitter.send(parts.iter().map(|part| part.len()).sum(), |frame| {
        let mut bytes = parts.iter().copied().flatten();
        frame.iter_mut().zip(&mut bytes).for_each(|(place, byte)| *place = *byte);
    });
}
