//! Network cards: one for each declared `net`.

use std::net::{IpAddr, Ipv4Addr};

use unikernel_vocabulary::{Decoded, Family, Hardware as Needs, contract::fnv1a, note::Device, value};

use super::{Hardware, Network4, Network6, Request};
use crate::{
    machine::{Error, Values},
    manifest::{Forward, Protocol},
};

/// A network card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The name of the declared interface.
    pub name: String,
    /// The MAC address.
    pub mac: [u8; 6],
    /// The MTU.
    pub mtu: u16,
    /// The guest's address and prefix, if it is static.
    pub address: Option<(Ipv4Addr, u8)>,
    /// The backend.
    pub link: Link,
}

/// The backend of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// The hypervisor's user network, which needs no privileges on the host.
    User {
        /// Its IPv4 network.
        v4: Network4,
        /// Its IPv6 network, if the interface has IPv6.
        v6: Option<Network6>,
        /// Ports of the host that are forwarded to the guest; the host's port 0 means any free port.
        forward: Vec<Forward>,
    },
    /// A tap of the host.
    Tap(String),
}

/// The standard Ethernet MTU.
const USUAL_MTU: u16 = 1500;

impl Card {
    /// The MAC address as text.
    #[must_use]
    pub fn mac_text(&self) -> String {
        self.mac.map(|byte| format!("{byte:02x}")).join(":")
    }
}

/// Adds a card for each declared interface, in order.
pub(super) fn plan(hardware: &mut Hardware, request: &Request<'_>) -> Result<(), Error> {
    let Request { declaration, values, settings, .. } = *request;
    for (index, interface) in declaration.devices_on(Needs::NetworkCard).enumerate() {
        hardware.cards.push(card(index, &interface, request)?);
    }
    hardware.metrics_port = port(declaration, values, "metrics_port").filter(|_| !hardware.cards.is_empty());
    let mut ways = hardware.cards.iter_mut().filter_map(|card| match &mut card.link {
        Link::User { forward, .. } => Some(forward),
        Link::Tap(_) => None,
    });
    match ways.next() {
        Some(first) => {
            first.extend(&settings.forward);
            if first.is_empty() && ways.all(|other| other.is_empty()) {
                first.extend(served_port(declaration, values));
            }
        }
        None if settings.forward.is_empty() => {}
        None => return Err(Error::ForwardToTap),
    }
    Ok(())
}

/// The port that an application serves, if it has an integer argument named `port`.
fn served_port(declaration: &Decoded<'_>, values: &Values) -> Option<Forward> {
    Some(Forward { protocol: Protocol::Tcp, host: 0, guest: port(declaration, values, "port")? })
}

/// The value of an argument that is a port.
fn port(declaration: &Decoded<'_>, values: &Values, name: &str) -> Option<u16> {
    declaration.arguments().find(|argument| argument.name == name)?;
    values.get(name)?.parse().ok().filter(|port| *port != 0)
}

fn card(index: usize, interface: &Device<'_>, request: &Request<'_>) -> Result<Card, Error> {
    let Request { values, settings, place, .. } = *request;
    let name = interface.name;
    let value = |option: &str| values.get(&format!("{name}.{option}"));
    let fixed = |option: &str| interface.fixed.into_iter().find(|(of, _)| *of == option).map(|(_, value)| value);
    let asks = value("dhcp") == Some("true");
    let address = value("ip").and_then(|text| value::address_prefix(text, Family::V4).ok());
    let address = address.and_then(|both| match both.address {
        IpAddr::V4(address) => Some((address, both.prefix)),
        IpAddr::V6(_) => None,
    });
    let settings = settings.net(name).cloned().unwrap_or_default();
    let link = match settings.tap {
        Some(tap) => Link::Tap(tap),
        None => {
            let v4 = match address {
                None => Network4::usual(index),
                Some((address, prefix)) => {
                    let at = |option| value(option).and_then(|text| value::address_v4(text).ok());
                    Network4::around(address, prefix, at("gateway"), at("dns")).ok_or_else(|| Error::NoNetwork {
                        interface: name.into(),
                        address: format!("{address}/{prefix}"),
                    })?
                }
            };
            Link::User { v4, v6: value("ip6").and_then(network6), forward: settings.forward }
        }
    };
    Ok(Card {
        name: name.into(),
        mac: fixed("mac").and_then(|text| value::mac(text).ok()).unwrap_or_else(|| own_mac(&place.name, index)),
        mtu: fixed("mtu").and_then(|text| text.parse().ok()).unwrap_or(USUAL_MTU),
        address: address.filter(|_| !asks),
        link,
    })
}

fn network6(text: &str) -> Option<Network6> {
    let both = value::address_prefix(text, Family::V6).ok()?;
    match both.address {
        IpAddr::V6(address) if !address.is_unspecified() => Network6::around(address, both.prefix),
        IpAddr::V6(_) => Some(Network6::usual()),
        IpAddr::V4(_) => None,
    }
}

/// A MAC address in the range of QEMU and KVM: stable for a machine, and unlikely to be used twice on the same bridge.
fn own_mac(machine: &str, index: usize) -> [u8; 6] {
    let hash = fnv1a::hash(machine.bytes());
    let [_, a, b, c] = hash.wrapping_add(u32::try_from(index).unwrap_or_default()).to_be_bytes();
    [0x52, 0x54, 0x00, a, b, c]
}
