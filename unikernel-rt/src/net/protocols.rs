//! The protocols that are linked, each a feature of the runtime: what is off is `()`, which is no code.

/// The families that are spoken.
#[cfg(feature = "ipv6")]
type Spoken = unikernel_net::DualStack;
#[cfg(not(feature = "ipv6"))]
type Spoken = unikernel_net::Ipv4Only;

/// The same, with packets in fragments where those are wanted.
#[cfg(feature = "fragments")]
type Whole = unikernel_net::WithFragments<Spoken>;
#[cfg(not(feature = "fragments"))]
type Whole = Spoken;

/// The same, and whether it is counted what passes.
#[cfg(feature = "metrics")]
pub(super) type Families = unikernel_net::Counted<Whole>;
#[cfg(not(feature = "metrics"))]
pub(super) type Families = Whole;

#[cfg(feature = "tcp")]
type Streams = unikernel_net::Tcp<'static>;
#[cfg(not(feature = "tcp"))]
type Streams = ();

/// Whether it is wanted is a matter of a boot argument.
#[cfg(feature = "dhcp")]
type Leased = Option<unikernel_net::Dhcp<'static>>;
#[cfg(not(feature = "dhcp"))]
type Leased = ();

#[cfg(feature = "dns")]
type Names = unikernel_net::Dns<'static>;
#[cfg(not(feature = "dns"))]
type Names = ();

#[cfg(feature = "udp")]
type Datagrams = unikernel_net::Udp<'static>;
#[cfg(not(feature = "udp"))]
type Datagrams = ();

#[cfg(feature = "ipv6")]
type Advertised = (Option<unikernel_net::Slaac>, unikernel_net::Mld);
#[cfg(not(feature = "ipv6"))]
type Advertised = ();

/// Where routers say that a server of DHCPv6 knows name servers.
#[cfg(all(feature = "ipv6", feature = "dns"))]
type Told = Option<unikernel_net::Dhcp6>;
#[cfg(not(all(feature = "ipv6", feature = "dns")))]
type Told = ();

/// All of them. Those that have ports of UDP of their own stand before UDP, and who listens to routers before those who take what they say.
pub(super) type Protocols = (Streams, (Leased, (Told, (Names, (Datagrams, Advertised)))));

/// The protocols by name.
pub(super) struct Parts {
    pub(super) streams: Streams,
    pub(super) leased: Leased,
    pub(super) told: Told,
    pub(super) names: Names,
    pub(super) datagrams: Datagrams,
    pub(super) advertised: Advertised,
}

impl Parts {
    pub(super) fn together(self) -> Protocols {
        (self.streams, (self.leased, (self.told, (self.names, (self.datagrams, self.advertised)))))
    }
}

/// TCP of all protocols.
#[cfg(feature = "tcp")]
#[inline]
pub(super) fn tcp(protocols: &mut Protocols) -> &mut unikernel_net::Tcp<'static> {
    &mut protocols.0
}

/// UDP of all protocols.
#[cfg(feature = "udp")]
#[inline]
pub(super) fn udp(protocols: &mut Protocols) -> &mut unikernel_net::Udp<'static> {
    &mut protocols.1.1.1.1.0
}

/// DNS of all protocols.
#[cfg(feature = "dns")]
pub(super) fn dns(protocols: &mut Protocols) -> &mut unikernel_net::Dns<'static> {
    &mut protocols.1.1.1.0
}

/// The client that asks a server for an address, if one does.
#[cfg(feature = "dhcp")]
pub(super) fn leased(protocols: &mut Protocols) -> Option<&mut unikernel_net::Dhcp<'static>> {
    protocols.1.0.as_mut()
}

/// What a server has lent, if it is asked.
#[cfg(all(feature = "dhcp", feature = "dns"))]
pub(super) fn lease(protocols: &Protocols) -> Option<&unikernel_net::Lease> {
    protocols.1.0.as_ref()?.lease()
}

/// What routers advertise, if they are listened to.
#[cfg(all(feature = "ipv6", feature = "dns"))]
pub(super) fn slaac(protocols: &Protocols) -> Option<&unikernel_net::Slaac> {
    protocols.1.1.1.1.1.0.as_ref()
}

/// What a server of DHCPv6 has told, if one is listened to.
#[cfg(all(feature = "ipv6", feature = "dns"))]
pub(super) fn told(protocols: &Protocols) -> Option<&unikernel_net::Dhcp6> {
    protocols.1.1.0.as_ref()
}

/// Whether the network is asked for addresses of a family.
#[cfg(all(feature = "std", any(feature = "tcp", feature = "udp"), any(unikernel, test)))]
pub(super) fn asks_for_addresses(protocols: &Protocols, is_ipv4: bool) -> bool {
    let (_, (_leased, (_, (_, (_, _advertised))))) = protocols;
    match is_ipv4 {
        #[cfg(feature = "dhcp")]
        true => _leased.is_some(),
        #[cfg(feature = "ipv6")]
        false => _advertised.0.is_some(),
        #[allow(unreachable_patterns)] // where both are asked for
        _ => false,
    }
}

/// An address as the core has it.
///
/// # Errors
/// [`unikernel_net::Error::NoRoute`] for one of a family that is not spoken.
#[cfg(any(feature = "tcp", feature = "udp"))]
pub(super) fn narrow(address: core::net::SocketAddr) -> Result<unikernel_net::SocketAddr, unikernel_net::Error> {
    unikernel_net::narrow(address).ok_or(unikernel_net::Error::NoRoute)
}
