//! How a stack is set up: its addresses, the clients that ask for them, and its sizes.

use core::net::Ipv4Addr;

/// The core's number of the card, and of the way back to this machine.
pub(super) const WIRE: usize = 0;
#[cfg(feature = "sockets")]
pub(super) const LOOPBACK: usize = 1;

/// What a kernel says about itself, and what it calls a network.
#[cfg(feature = "metrics")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) application: &'static str,
    pub(crate) version: &'static str,
    pub(crate) net: &'static str,
}

/// How a stack is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configuration {
    pub(crate) address: Option<(Ipv4Addr, u8)>,
    pub(crate) gateway: Option<Ipv4Addr>,
    /// Who knows the addresses of names.
    #[cfg(feature = "dns")]
    pub(crate) name_server: Option<core::net::IpAddr>,
    /// Whether the network is asked for all of that.
    #[cfg(feature = "dhcp")]
    pub(crate) dhcp: bool,
    /// An IPv6 address; the unspecified one stands for what the network advertises.
    #[cfg(feature = "ipv6")]
    pub(crate) address6: Option<(core::net::Ipv6Addr, u8)>,
    #[cfg(feature = "ipv6")]
    pub(crate) gateway6: Option<core::net::Ipv6Addr>,
    /// How long it looks for more after a frame.
    #[cfg(feature = "busy-poll")]
    pub(crate) busy_poll: Option<core::time::Duration>,
    /// What metrics are labelled with.
    #[cfg(feature = "metrics")]
    pub(crate) about: About,
    /// What tables, sequence numbers and ports are made with: nobody else may know it.
    pub(crate) key: [u8; 16],
    /// The most bytes that a connection has received and not given, and those that it has been given and not sent.
    #[cfg(feature = "tcp")]
    pub(crate) buffers: (u32, u32),
    /// The most blocks of a UDP socket's datagrams.
    #[cfg(feature = "udp")]
    pub(crate) datagrams: usize,
}

/// The client that asks a server for an address, where it is declared.
#[cfg(feature = "dhcp")]
pub(super) fn lease(configuration: &Configuration) -> Option<unikernel_net::Dhcp<'static>> {
    let client = configuration.dhcp.then(|| unikernel_net::Dhcp::new(WIRE, unikernel_net::DhcpConfig::default()));
    // It cannot fail: there is no name that could be none.
    client.and_then(Result::ok)
}

/// The client that gives the card its addresses of IPv6, where one is declared: those that routers advertise, or one address.
#[cfg(feature = "ipv6")]
pub(super) fn advertised(configuration: &Configuration) -> (Option<unikernel_net::Slaac>, unikernel_net::Mld) {
    let client = configuration.address6.map(|(address, bits)| {
        let is_advertised = address.is_unspecified();
        let address = (!is_advertised).then_some((address, bits));
        let config = unikernel_net::SlaacConfig { is_optimistic: true, is_advertised, address, ..Default::default() };
        unikernel_net::Slaac::new(WIRE, config)
    });
    (client, unikernel_net::Mld::new(WIRE))
}

/// The client that asks for name servers where routers are listened to, and one of them says that there is somebody to be asked.
#[cfg(all(feature = "ipv6", feature = "dns"))]
pub(super) fn told(configuration: &Configuration) -> Option<unikernel_net::Dhcp6> {
    let is_advertised = configuration.address6.is_some_and(|(address, _)| address.is_unspecified());
    is_advertised.then(|| unikernel_net::Dhcp6::new(WIRE))
}

/// What of the addresses and of name servers has been seen.
#[cfg(feature = "sockets")]
pub(super) struct Seen {
    pub(super) changes: u32,
    /// The name server that is declared: it is asked first.
    #[cfg(feature = "dns")]
    pub(super) name_server: Option<core::net::IpAddr>,
}

#[cfg(feature = "sockets")]
impl Seen {
    pub(super) fn new(_configuration: &Configuration) -> Self {
        Seen {
            changes: 0,
            #[cfg(feature = "dns")]
            name_server: _configuration.name_server,
        }
    }
}
