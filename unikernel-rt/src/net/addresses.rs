//! A stack's own addresses, and the way to all others: as they are declared, or as the network gives them.

#[cfg(feature = "sockets")]
use super::configuration::LOOPBACK;
use super::configuration::{Configuration, WIRE};
use super::stack::Stack;
use core::net::Ipv4Addr;
use unikernel_net::{IpAddr, Prefix, Route};

impl Stack {
    /// Gives the stack the addresses and routes that are declared, and tells the network.
    pub(super) fn configure(&mut self, configuration: &Configuration) {
        let link = self.core.link();
        // Each fails where a table is full, and they have room for these.
        #[cfg(feature = "sockets")]
        if let Some(own) = Prefix::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8) {
            let _ = link.add_address(LOOPBACK, own);
        }
        #[cfg(feature = "ipv6")]
        let _ = link.add_address(LOOPBACK, Prefix::of_host(IpAddr::V6(core::net::Ipv6Addr::LOCALHOST)));
        let to_others =
            |network, gateway| Route { network, card: WIRE, gateway: Some(gateway), source: None, metric: 0 };
        #[cfg(feature = "ipv6")]
        if let Some(gateway) = configuration.gateway6 {
            let _ = link.add_route(to_others(Prefix::ALL_IPV6, IpAddr::V6(gateway)));
        }
        #[cfg(feature = "dhcp")]
        if configuration.dhcp {
            return;
        }
        if let Some(gateway) = configuration.gateway {
            let _ = link.add_route(to_others(Prefix::ALL_IPV4, IpAddr::V4(gateway)));
        }
        if let Some((address, bits)) = configuration.address
            && let Some(own) = Prefix::new(IpAddr::V4(address), bits)
        {
            let _ = link.add_address(WIRE, own);
            self.announce();
        }
    }

    /// Puts a client of DHCP with names, which boot has checked, in place of one that has none.
    #[cfg(feature = "dhcp")]
    pub(super) fn name_client(&mut self, host_name: Option<&'static str>, client_id: Option<&'static str>) {
        let identifier = client_id.map(str::as_bytes);
        let config = unikernel_net::DhcpConfig { host_name, identifier, ..unikernel_net::DhcpConfig::default() };
        self.with(|protocols, _| {
            if let (Some(client), Ok(named)) =
                (super::protocols::leased(protocols), unikernel_net::Dhcp::new(WIRE, config))
            {
                *client = named;
            }
        });
    }

    /// The address that others reach it by.
    pub(crate) fn address(&mut self) -> Option<Ipv4Addr> {
        self.own_addresses().find_map(|address| match address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        })
    }

    /// The IPv6 address that others reach it by.
    #[cfg(feature = "ipv6")]
    pub(crate) fn address6(&mut self) -> Option<core::net::Ipv6Addr> {
        self.own_addresses().find_map(|address| match address {
            IpAddr::V6(address) => Some(address).filter(|address| !address.is_unicast_link_local()),
            IpAddr::V4(_) => None,
        })
    }

    fn own_addresses(&mut self) -> impl Iterator<Item = IpAddr> {
        self.core.link().interfaces().iter().take(1).flat_map(|card| card.addresses().map(Prefix::address))
    }

    /// Takes note of addresses that have come or gone, and of who is asked for names now.
    #[cfg(feature = "sockets")]
    pub(super) fn look_at_addresses(&mut self) {
        let changes = self.core.link().interfaces().first().map_or(0, unikernel_net::Interface::changes);
        if changes != self.seen.changes {
            self.seen.changes = changes;
            self.waiting.wake();
        }
    }

    /// Has the resolver ask those who are declared, who are leased or told by DHCP, and who are advertised, in this order (RFC 8106, section
    /// 5.3.1).
    #[cfg(feature = "dns")]
    pub(super) fn set_name_servers(&mut self) {
        /// RFC 1035, section 4.2.1.
        const PORT: u16 = 53;
        let declared = self.seen.name_server.map(|server| core::net::SocketAddr::new(server, PORT));
        let declared = declared.and_then(unikernel_net::narrow);
        let mut servers = [declared, None, None, None, None];
        let mut count = 1;
        let mut add = |server: &IpAddr| {
            if let Some(place) = servers.get_mut(count) {
                *place = Some(unikernel_net::SocketAddr::new(*server, PORT));
                count += 1;
            }
        };
        let protocols = self.core.transports();
        #[cfg(feature = "dhcp")]
        if let Some(lease) = super::protocols::lease(protocols) {
            lease.name_servers.as_slice().iter().for_each(&mut add);
        }
        #[cfg(feature = "ipv6")]
        if let Some(client) = super::protocols::told(protocols) {
            client.name_servers().iter().for_each(&mut add);
        }
        #[cfg(feature = "ipv6")]
        if let Some(client) = super::protocols::slaac(protocols) {
            client.name_servers().as_slice().iter().for_each(&mut add);
        }
        let _ = (&mut add, protocols);
        self.with(|protocols, _| super::protocols::dns(protocols).set_servers(servers.into_iter().flatten()));
    }

    /// Wakes a task once an address has come or gone.
    #[cfg(feature = "sockets")]
    pub(crate) fn wait_for_address(&mut self, waker: &core::task::Waker) {
        self.waiting.wait(waker);
    }
}
