//! Which addresses go together, and what is said about those that do not.

use std::{format, string::String, vec::Vec};

use super::*;
use crate::value::{AddressPrefix, Family, address, address_prefix};

/// Reads `ip=10.0.0.2/24 gateway=10.0.0.1 dhcp`.
fn interface(text: &str) -> Interface {
    let mut interface = Interface::default();
    for word in text.split_whitespace() {
        let (option, value) = word.split_once('=').unwrap_or((word, ""));
        let prefix = || address_prefix(value, Family::Any).unwrap();
        match (option, address(value, Family::Any)) {
            ("ip", _) => {
                let AddressPrefix { address: IpAddr::V4(address), prefix } = prefix() else { panic!("{value}") };
                interface.ip = Some((address, prefix));
            }
            ("ip6", _) => {
                let AddressPrefix { address: IpAddr::V6(address), prefix } = prefix() else { panic!("{value}") };
                interface.ip6 = Some((address, prefix));
            }
            ("gateway", Ok(IpAddr::V4(address))) => interface.gateway = Some(address),
            ("gateway6", Ok(IpAddr::V6(address))) => interface.gateway6 = Some(address),
            ("dns", Ok(address)) => interface.dns = Some(address),
            ("dhcp", _) => interface.dhcp = true,
            _ => panic!("{word}"),
        }
    }
    interface
}

fn problems(text: &str) -> Vec<String> {
    let problems = interface(text).problems().into_iter().flatten();
    problems.map(|problem| format!("{} {problem}", problem.option)).collect()
}

#[test]
fn addresses_that_work() {
    for text in [
        "",
        "dhcp",
        "ip=10.0.0.2/24",
        "ip=10.0.0.2/24 gateway=10.0.0.1 dns=8.8.8.8",
        "ip=10.0.0.2/24 gateway=10.0.0.254",
        "ip=10.0.0.255/16 gateway=10.0.1.0",
        "ip=10.0.0.2/0 gateway=192.168.1.1",
        "ip=10.0.0.0/31 gateway=10.0.0.1",
        "ip=10.0.0.2/24 dns=10.0.0.3",
        "ip=10.0.0.2/24 dns=127.0.0.1",
        "ip6=fd00::2/64 dns=::1",
        "dhcp dns=8.8.8.8",
        "ip=169.254.1.1/16",
        "ip=240.0.0.1/24",
        "ip6=::",
        "ip6=:: gateway6=2001:db8::1",
        "ip6=fd00::2/64 gateway6=fd00::1 dns=2001:4860:4860::8888",
        "ip6=fd00::2/64 gateway6=fd00::",
        "ip6=fd00::2/64 gateway6=fe80::1",
        "ip6=fd00::2/128 gateway6=fe80::1",
        "ip6=fd00::/127",
        "ip6=fe80::2/64",
        "ip6=fd00::2/64 ip=10.0.0.2 gateway=10.0.0.1 dns=fd00::3",
    ] {
        assert_eq!(problems(text), [""; 0], "{text}");
    }
}

#[test]
fn addresses_that_no_host_has() {
    for (address, wanted) in [
        ("0.0.0.0/24", "is the unspecified address"),
        ("0.0.0.1/24", "is the unspecified address"),
        ("127.0.0.1/8", "is a loopback address"),
        ("127.255.0.1/24", "is a loopback address"),
        ("224.0.0.1/24", "is a multicast address"),
        ("239.255.255.250/4", "is a multicast address"),
        ("255.255.255.255/24", "is the broadcast address"),
        ("10.0.0.0/24", "is its subnet's network address"),
        ("10.0.0.255/24", "is its subnet's broadcast address"),
        ("10.0.0.4/30", "is its subnet's network address"),
        ("10.0.0.7/30", "is its subnet's broadcast address"),
        ("10.0.0.2/32", "has no neighbours in a /32"),
    ] {
        assert_eq!(problems(&format!("ip={address}")), [format!("ip {wanted}")], "{address}");
    }
    for (address, wanted) in [
        ("::1/128", "is the loopback address"),
        ("ff02::1/64", "is a multicast address"),
        ("::ffff:10.0.0.2/96", "is an IPv4-mapped address"),
        ("fd00::/64", "is its subnet's anycast address"),
        ("fd00:1::/48", "is its subnet's anycast address"),
    ] {
        assert_eq!(problems(&format!("ip6={address}")), [format!("ip6 {wanted}")], "{address}");
    }
}

#[test]
fn gateways_that_cannot_be_reached() {
    for (gateway, wanted) in [
        ("10.0.0.2", "is the interface's own address"),
        ("10.0.1.1", "is not in the subnet of `ip`"),
        ("192.168.1.1", "is not in the subnet of `ip`"),
        ("10.0.0.0", "is its subnet's network address"),
        ("10.0.0.255", "is its subnet's broadcast address"),
        ("0.0.0.0", "is the unspecified address"),
        ("127.0.0.1", "is a loopback address"),
        ("224.0.0.1", "is a multicast address"),
        ("255.255.255.255", "is the broadcast address"),
    ] {
        assert_eq!(problems(&format!("ip=10.0.0.2/24 gateway={gateway}")), [format!("gateway {wanted}")], "{gateway}");
    }
    for (gateway, wanted) in [
        ("fd00::2", "is the interface's own address"),
        ("fd01::1", "is not in the subnet of `ip6`"),
        ("::", "is the unspecified address"),
        ("::1", "is the loopback address"),
        ("ff02::2", "is a multicast address"),
    ] {
        let text = format!("ip6=fd00::2/64 gateway6={gateway}");
        assert_eq!(problems(&text), [format!("gateway6 {wanted}")], "{gateway}");
    }
    // An address alone is of no subnet.
    for text in ["ip=10.0.0.2/32 gateway=172.31.1.1", "ip6=2001:db8::2/128 gateway6=2001:db8:9::1"] {
        assert_eq!(problems(text), [""; 0], "{text}");
    }
    assert_eq!(problems("ip=10.0.0.2/31 gateway=172.31.1.1"), ["gateway is not in the subnet of `ip`"]);
    assert_eq!(problems("ip=10.0.0.2/32 gateway=10.0.0.2"), ["gateway is the interface's own address"]);
    assert_eq!(problems("ip6=:: gateway=10.0.0.1"), ["gateway needs an `ip`"]);
    assert_eq!(problems("ip=10.0.0.2 gateway6=fd00::1"), ["gateway6 needs an `ip6`"]);
}

#[test]
fn dns_servers_that_cannot_be_reached() {
    for (text, wanted) in [
        ("ip=10.0.0.2 dns=0.0.0.0", "is the unspecified address"),
        ("ip=10.0.0.2 dns=224.0.0.251", "is a multicast address"),
        ("ip=10.0.0.2 dns=255.255.255.255", "is the broadcast address"),
        ("ip=10.0.0.2 dns=8.8.8.8", "is not in the subnet of `ip`, and there is no `gateway`"),
        ("ip=10.0.0.2 dns=fd00::1", "needs an `ip6`"),
        ("ip6=:: dns=8.8.8.8", "needs an `ip`"),
        ("ip6=fd00::2 dns=ff02::fb", "is a multicast address"),
        ("ip6=fd00::2 dns=fd01::1", "is not in the subnet of `ip6`, and there is no `gateway6`"),
    ] {
        assert_eq!(problems(text), [format!("dns {wanted}")], "{text}");
    }
}

#[test]
fn a_wrong_address_is_the_only_problem() {
    let text = "ip=127.0.0.1/8 gateway=10.0.0.1 dns=8.8.8.8";
    assert_eq!(problems(text), ["ip is a loopback address"]);
    // What DHCP replaces is not looked at.
    assert_eq!(problems("dhcp ip=127.0.0.1/8 gateway=10.0.0.1"), [""; 0]);
}

#[test]
fn sources_of_an_address() {
    for text in ["ip=10.0.0.2", "dhcp", "ip6=::", "ip6=fd00::2/64"] {
        assert!(!interface(text).has_no_source(), "{text}");
    }
    for text in ["", "gateway=10.0.0.1", "dns=10.0.0.1"] {
        assert!(interface(text).has_no_source(), "{text}");
    }
}

#[test]
fn subnets_of_two_interfaces() {
    for (one, other, shared) in [
        ("ip=10.0.0.2/24", "ip=10.0.0.3/24", Some("ip")),
        ("ip=10.0.0.2/24", "ip=10.0.0.2/24", Some("ip")),
        ("ip=10.0.0.2/8", "ip=10.1.0.3/16", Some("ip")),
        ("ip=10.0.0.2/24", "ip=10.0.1.2/24", None),
        ("ip=10.0.0.2/24", "ip=10.0.0.3/24 dhcp", None),
        ("ip=10.0.0.2/24", "ip6=fd00::2", None),
        ("ip6=fd00::2/64", "ip6=fd00::3/64", Some("ip6")),
        ("ip6=fd00::2/48", "ip6=fd00:0:0:1::3/64", Some("ip6")),
        ("ip6=fd00::2/64", "ip6=fd01::3/64", None),
        ("ip6=fe80::2/64", "ip6=fe80::3/64", None),
        ("ip6=::", "ip6=::", None),
        ("ip6=::", "ip6=fd00::2/64", None),
        ("", "", None),
    ] {
        assert_eq!(interface(one).shares_subnet(&interface(other)), shared, "{one}, {other}");
        assert_eq!(interface(other).shares_subnet(&interface(one)), shared, "{other}, {one}");
    }
}
