//! What a server lends: an address, and what goes with it (RFC 2132, RFC 3442).

use super::message::{Message, code};
use crate::address::IpAddr;
use crate::address::{self, Prefix};
use crate::bytes::{array_at, u16_at};
use crate::list::List;
use core::net::Ipv4Addr;
use core::time::Duration;

/// The most routes that are taken of a lease.
pub(super) const MOST_ROUTES: usize = 16;
/// The most name servers that are taken of a lease.
pub(super) const MOST_NAME_SERVERS: usize = 4;
/// The longest name: RFC 1035, section 2.3.4, without the root's label.
const MOST_NAME_BYTES: usize = 253;

/// A network, and the router that leads there; `None` where it is on the link.
pub type LeasedRoute = (Prefix, Option<Ipv4Addr>);

/// An address that is lent for a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lease {
    /// The address and its network.
    pub address: Prefix,
    /// Who has lent it.
    pub server: Ipv4Addr,
    /// The routes, best first: those of option 121, or else the default ones of option 3.
    pub routes: List<LeasedRoute, MOST_ROUTES>,
    /// Who is asked for names.
    pub name_servers: List<IpAddr, MOST_NAME_SERVERS>,
    /// The most bytes of a packet.
    pub mtu: Option<u16>,
    /// How long it lasts; [`Duration::MAX`] is for ever.
    pub duration: Duration,
    /// When its server is asked for more, and when any (T1 and T2), since it was asked for.
    pub(super) renewal: Duration,
    pub(super) rebinding: Duration,
    host_name: Name,
    domain_name: Name,
}

impl Lease {
    /// The host's name, if the server gives it one (option 12).
    pub fn host_name(&self) -> Option<&str> {
        self.host_name.as_str()
    }

    /// The domain's name (option 15).
    pub fn domain_name(&self) -> Option<&str> {
        self.domain_name.as_str()
    }

    /// The address alone.
    pub(super) fn ipv4(&self) -> Ipv4Addr {
        match self.address.address() {
            IpAddr::V4(address) => address,
            IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED, // it is made of an IPv4 address: see `parse`
        }
    }

    /// What a message lends, or `None` where what has to be in it is not, or contradicts itself.
    pub(super) fn parse(message: &Message<'_>) -> Option<Lease> {
        let own = IpAddr::V4(message.address);
        let server = message.address(code::SERVER).filter(|server| address::is_host(IpAddr::V4(*server)))?;
        let address = Prefix::new(own, prefix_bits(message)?).filter(|_| address::is_host(own))?;
        if address.broadcast().is_some_and(|broadcast| IpAddr::V4(broadcast) == own) {
            return None;
        }
        let duration = message.u32(code::LEASE_TIME).filter(|seconds| *seconds > 0)?;
        let duration = if duration == u32::MAX { Duration::MAX } else { Duration::from_secs(duration.into()) };
        let (renewal, rebinding) = times(message, duration);
        let mut name_servers = List::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let mut buffer = [0; 512];
        let servers = message.option(code::NAME_SERVERS, &mut buffer).unwrap_or_default();
        name_servers.extend(addresses(servers).map(IpAddr::V4));
        // RFC 2132, section 5.1: the least is 68; no host has to live with less than 576 (RFC 791).
        let mtu = message.option(code::MTU, &mut buffer).and_then(|value| u16_at(value, 0)).filter(|mtu| *mtu >= 576);
        Some(Lease {
            address,
            server,
            routes: routes(message, &mut buffer),
            name_servers,
            mtu,
            duration,
            renewal,
            rebinding,
            host_name: Name::of(message, code::HOST_NAME),
            domain_name: Name::of(message, code::DOMAIN_NAME),
        })
    }
}

/// The prefix of the mask; without one that of the address's class (RFC 791), as it was when there were no masks.
fn prefix_bits(message: &Message<'_>) -> Option<u8> {
    match message.u32(code::SUBNET_MASK) {
        Some(mask) => (mask.leading_ones() + mask.trailing_zeros() == 32).then_some(mask.leading_ones() as u8),
        None => Some(match message.address.octets()[0] {
            0..128 => 8,
            128..192 => 16,
            _ => 24,
        }),
    }
}

/// T1 and T2: half of the lease and seven eighths (RFC 2131, section 4.4.5), or what the server says where it is in order.
fn times(message: &Message<'_>, duration: Duration) -> (Duration, Duration) {
    if duration == Duration::MAX {
        return (Duration::MAX, Duration::MAX);
    }
    let told = |code| message.u32(code).map(|seconds| Duration::from_secs(seconds.into()));
    let renewal = told(code::RENEWAL_TIME).unwrap_or(duration / 2);
    let rebinding = told(code::REBINDING_TIME).unwrap_or(duration / 8 * 7);
    if renewal.is_zero() || renewal >= rebinding || rebinding >= duration {
        return (duration / 2, duration / 8 * 7);
    }
    (renewal, rebinding)
}

/// RFC 3442: who gives classless routes gives all of them, and option 3 does not count.
fn routes(message: &Message<'_>, buffer: &mut [u8]) -> List<LeasedRoute, MOST_ROUTES> {
    let mut routes = List::new((Prefix::ALL_IPV4, None));
    if let Some(value) = message.option(code::CLASSLESS_ROUTES, buffer)
        && let Some(classless) = classless_routes(value)
    {
        return classless;
    }
    let routers = message.option(code::ROUTERS, buffer).unwrap_or_default();
    routes.extend(addresses(routers).map(|router| (Prefix::ALL_IPV4, Some(router))));
    routes
}

/// Each the length of its prefix, as many bytes of it as there are, and the router. What is malformed counts as if it was not there.
fn classless_routes(value: &[u8]) -> Option<List<LeasedRoute, MOST_ROUTES>> {
    let mut routes = List::new((Prefix::ALL_IPV4, None));
    let mut rest = value;
    while let Some((&bits, after)) = rest.split_first() {
        let (network, after) = after.split_at_checked(usize::from(bits).div_ceil(8)).filter(|_| bits <= 32)?;
        let (router, after) = after.split_first_chunk::<4>()?;
        let mut octets = [0; 4];
        octets[..network.len()].copy_from_slice(network);
        let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
        let network = Ipv4Addr::from(u32::from_be_bytes(octets) & mask);
        let router = Ipv4Addr::from(*router);
        let gateway = (!router.is_unspecified()).then_some(router);
        if gateway.is_none_or(|gateway| address::is_host(IpAddr::V4(gateway))) {
            routes.extend(Prefix::new(IpAddr::V4(network), bits).map(|network| (network, gateway)));
        }
        rest = after;
    }
    (!value.is_empty()).then_some(routes)
}

/// The addresses of an option that hosts can have.
fn addresses(value: &[u8]) -> impl Iterator<Item = Ipv4Addr> {
    (0..value.len() / 4)
        .filter_map(|at| array_at::<4>(value, at * 4))
        .map(Ipv4Addr::from)
        .filter(|address| address::is_host(IpAddr::V4(*address)))
}

/// A name of at most so many bytes, in letters that names have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Name {
    bytes: [u8; MOST_NAME_BYTES],
    len: u8,
}

impl Name {
    fn of(message: &Message<'_>, code: u8) -> Name {
        let mut name = Name { bytes: [0; MOST_NAME_BYTES], len: 0 };
        let mut buffer = [0; MOST_NAME_BYTES + 1];
        let value = message.option(code, &mut buffer).unwrap_or_default();
        // There are servers that end it with a zero (RFC 2132, section 2).
        let value = value.strip_suffix(&[0]).unwrap_or(value);
        let is_name = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(byte));
        if let Some(room) = name.bytes.get_mut(..value.len()).filter(|_| is_name) {
            room.copy_from_slice(value);
            name.len = value.len() as u8;
        }
        name
    }

    fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).ok().filter(|name| !name.is_empty())
    }
}
