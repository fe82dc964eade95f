//! Whether the addresses of a network interface can work together.
//!
//! The macro checks an annotation with this, and the tool a manifest. The runtime does not: it would cost each network 1 KB.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of one interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Interface {
    /// `ip`, with the length of its prefix.
    pub ip: Option<(Ipv4Addr, u8)>,
    /// `gateway`.
    pub gateway: Option<Ipv4Addr>,
    /// `dns`.
    pub dns: Option<IpAddr>,
    /// `dhcp`.
    pub dhcp: bool,
    /// `ip6`, with the length of its prefix; `::` stands for stateless autoconfiguration.
    pub ip6: Option<(Ipv6Addr, u8)>,
    /// `gateway6`.
    pub gateway6: Option<Ipv6Addr>,
}

/// An option that cannot work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The option.
    pub option: &'static str,
    /// The other option that it contradicts, if any.
    pub other: Option<&'static str>,
    /// What is wrong with it, as the predicate of a sentence.
    pub why: &'static str,
}

impl Interface {
    /// Everything that is wrong, at most one problem an option.
    #[must_use]
    pub fn problems(&self) -> [Option<Problem>; 5] {
        let (ip, ip6) = (self.ip_problem(), self.ip6_problem());
        // Without a valid address, there is nothing to compare the others with.
        let gateway = if ip.is_none() { self.gateway_problem() } else { None };
        let gateway6 = if ip6.is_none() { self.gateway6_problem() } else { None };
        let has_fault = [ip, ip6, gateway, gateway6].iter().any(Option::is_some);
        let dns = if has_fault { None } else { self.dns_problem() };
        [ip, gateway, dns, ip6, gateway6]
    }

    /// Whether nothing gives the interface an address.
    #[must_use]
    pub const fn has_no_source(&self) -> bool {
        self.ip.is_none() && self.ip6.is_none() && !self.dhcp
    }

    /// The option that lies in a subnet of the other interface, if any: no two interfaces share one.
    #[must_use]
    pub fn shares_subnet(&self, other: &Self) -> Option<&'static str> {
        if let (Some((ip, prefix)), Some((other_ip, other_prefix))) = (self.static_ip(), other.static_ip())
            && is_in_subnet_v4(ip, other_ip, prefix.min(other_prefix))
        {
            return Some("ip");
        }
        match (self.ip6, other.ip6) {
            // Link-local networks are told apart by the interface (RFC 4007).
            (Some((ip6, _)), _) | (_, Some((ip6, _))) if is_link_local(ip6) || ip6.is_unspecified() => None,
            (Some((ip6, prefix)), Some((other_ip6, other_prefix)))
                if is_in_subnet_v6(ip6, other_ip6, prefix.min(other_prefix)) =>
            {
                Some("ip6")
            }
            _ => None,
        }
    }

    /// The static IPv4 address, where DHCP does not replace it.
    fn static_ip(&self) -> Option<(Ipv4Addr, u8)> {
        self.ip.filter(|_| !self.dhcp)
    }

    fn ip_problem(&self) -> Option<Problem> {
        let (address, prefix) = self.static_ip()?;
        // An address alone is of no subnet; everybody else is behind its gateway.
        let prefix = Some(prefix).filter(|prefix| *prefix != 32 || self.gateway.is_none());
        host_fault_v4(address, prefix).map(|why| Problem { option: "ip", other: None, why })
    }

    fn gateway_problem(&self) -> Option<Problem> {
        let gateway = self.gateway.filter(|_| !self.dhcp)?;
        let problem = |why| Some(Problem { option: "gateway", other: None, why });
        let of_ip = |why| Some(Problem { option: "gateway", other: Some("ip"), why });
        if let Some(why) = host_fault_v4(gateway, None) {
            return problem(why);
        }
        let Some((address, prefix)) = self.ip else {
            return problem("needs an `ip`");
        };
        if gateway == address {
            return of_ip("is the interface's own address");
        }
        // An address alone has no subnet: its gateway is on the link all the same, as many a cloud has it.
        if prefix == 32 {
            return None;
        }
        if !is_in_subnet_v4(gateway, address, prefix) {
            return of_ip("is not in the subnet of `ip`");
        }
        host_fault_v4(gateway, Some(prefix)).and_then(of_ip)
    }

    fn ip6_problem(&self) -> Option<Problem> {
        let (address, prefix) = self.ip6?;
        // The unspecified address is the word for autoconfiguration.
        let why = if address.is_unspecified() { None } else { host_fault_v6(address, Some(prefix)) };
        why.map(|why| Problem { option: "ip6", other: None, why })
    }

    fn gateway6_problem(&self) -> Option<Problem> {
        let gateway = self.gateway6?;
        let problem = |why| Some(Problem { option: "gateway6", other: None, why });
        let of_ip6 = |why| Some(Problem { option: "gateway6", other: Some("ip6"), why });
        if let Some(why) = host_fault_v6(gateway, None) {
            return problem(why);
        }
        let Some((address, prefix)) = self.ip6 else {
            return problem("needs an `ip6`");
        };
        if gateway == address {
            return of_ip6("is the interface's own address");
        }
        // Routers are usually known by their link-local address; the subnet of an automatic address is not known yet.
        // An address alone has none.
        let is_alone = address.is_unspecified() || prefix == 128;
        if is_alone || is_link_local(gateway) || is_in_subnet_v6(gateway, address, prefix) {
            return None;
        }
        of_ip6("is not in the subnet of `ip6`")
    }

    fn dns_problem(&self) -> Option<Problem> {
        let problem = |why| Some(Problem { option: "dns", other: None, why });
        match self.dns? {
            IpAddr::V4(server) => {
                if self.dhcp {
                    return None;
                }
                if let Some(why) = server_fault_v4(server) {
                    return problem(why);
                }
                match self.ip {
                    None => problem("needs an `ip`"),
                    Some((address, prefix))
                        if self.gateway.is_none()
                            && !server.is_loopback()
                            && !is_in_subnet_v4(server, address, prefix) =>
                    {
                        problem("is not in the subnet of `ip`, and there is no `gateway`")
                    }
                    Some(_) => None,
                }
            }
            IpAddr::V6(server) => {
                if let Some(why) = server_fault_v6(server) {
                    return problem(why);
                }
                match self.ip6 {
                    None => problem("needs an `ip6`"),
                    Some((address, prefix))
                        if self.gateway6.is_none()
                            && !address.is_unspecified()
                            && !is_link_local(server)
                            && !server.is_loopback()
                            && !is_in_subnet_v6(server, address, prefix) =>
                    {
                        problem("is not in the subnet of `ip6`, and there is no `gateway6`")
                    }
                    Some(_) => None,
                }
            }
        }
    }
}

/// As the first words after the option's value: "is not in the subnet of `ip`".
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why)
    }
}

/// Why no host has this address, in a subnet of this prefix where that is known.
#[inline(never)] // one copy in a kernel, for addresses and gateways
fn host_fault_v4(address: Ipv4Addr, prefix: Option<u8>) -> Option<&'static str> {
    let bits = address.to_bits();
    if let Some(why) = server_fault_v4(address) {
        return Some(why);
    }
    if address.is_loopback() {
        return Some("is a loopback address");
    }
    // Of two addresses, both are hosts' (RFC 3021).
    let prefix = prefix.filter(|prefix| *prefix != 31)?;
    let host_mask = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    if host_mask == 0 {
        return Some("has no neighbours in a /32");
    }
    match bits & host_mask {
        0 => Some("is its subnet's network address"),
        host if host == host_mask => Some("is its subnet's broadcast address"),
        _ => None,
    }
}

/// Why nobody can be sent anything at this address.
fn server_fault_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("is the unspecified address"),
        [255, 255, 255, 255] => Some("is the broadcast address"),
        [224..=239, ..] => Some("is a multicast address"),
        _ => None,
    }
}

/// Why no host has this address, in a subnet of this prefix where that is known.
#[inline(never)] // as above
fn host_fault_v6(address: Ipv6Addr, prefix: Option<u8>) -> Option<&'static str> {
    if let Some(why) = server_fault_v6(address) {
        return Some(why);
    }
    if address.is_loopback() {
        return Some("is the loopback address");
    }
    // Of two addresses, both are hosts' (RFC 6164); of one, it is the host's.
    let prefix = prefix.filter(|prefix| *prefix < 127)?;
    let host_mask = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
    let is_anycast = address.to_bits() & host_mask == 0;
    is_anycast.then_some("is its subnet's anycast address")
}

/// Why nobody can be sent anything at this address.
fn server_fault_v6(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_unspecified() {
        Some("is the unspecified address")
    } else if address.is_multicast() {
        Some("is a multicast address")
    } else if address.to_ipv4_mapped().is_some() {
        Some("is an IPv4-mapped address")
    } else {
        None
    }
}

/// Whether both addresses have the same first bits.
const fn is_in_subnet_v4(one: Ipv4Addr, other: Ipv4Addr, prefix: u8) -> bool {
    match (one.to_bits() ^ other.to_bits()).checked_shr(32 - prefix as u32) {
        Some(different) => different == 0,
        None => true,
    }
}

/// Whether both addresses have the same first bits.
const fn is_in_subnet_v6(one: Ipv6Addr, other: Ipv6Addr, prefix: u8) -> bool {
    match (one.to_bits() ^ other.to_bits()).checked_shr(128 - prefix as u32) {
        Some(different) => different == 0,
        None => true,
    }
}

/// Whether an address is of fe80::/10.
const fn is_link_local(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xffc0 == 0xfe80
}

#[cfg(test)]
mod tests;
