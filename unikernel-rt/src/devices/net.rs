//! How a network is attached.

use crate::drivers::virtio::net::Card;
use crate::drivers::virtio::{self, DeviceType, Transport};
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::from_arg::FromArg;
#[cfg(not(all(feature = "dns", feature = "dhcp", feature = "ipv6", feature = "busy-poll")))]
use crate::kernel::{report::Report, status::Status};
use crate::net::{Configuration, Net, Shared, Storage};
use crate::sync::conflict;
#[cfg(feature = "sockets")]
use crate::time;
use core::net::{IpAddr, Ipv4Addr};
use unikernel_vocabulary::{Family, Kind, value};
use virtio_drivers::transport::Transport as _;

/// Boot arguments of a `net`, as far behind its first as the vocabulary has their options behind `ip`.
mod argument {
    pub(super) const IP: usize = 0;
    pub(super) const GATEWAY: usize = 1;
    pub(super) const DNS: usize = 2;
    pub(super) const DHCP: usize = 3;
    pub(super) const IP6: usize = 4;
    pub(super) const GATEWAY6: usize = 5;
    pub(super) const BUSY_POLL: usize = 6;
}

/// Finds the card that has an address of `mac`, else the next, starts it and the protocols over it; stops the boot where there is
/// none.
pub fn attach<
    K: Kernel,
    const RX: usize,
    const TX: usize,
    const FRAME: usize,
    const SOCKETS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const SPILL: usize,
>(
    boot: &Boot<K>,
    storage: &'static Storage<RX, TX, FRAME, SOCKETS, RECEIVE, SEND, SPILL>,
    name: &'static str,
    mac: Option<&'static str>,
    mtu: u16,
    first_argument: usize,
) -> Net {
    let configuration = configuration(boot, name, first_argument);
    let wanted = mac.and_then(|mac| value::mac(mac).ok());
    let suits = |transport: &Transport| match wanted {
        Some(mac) => transport.read_config_space::<[u8; 6]>(0) == Ok(mac),
        None => true,
    };
    let transport = virtio::claim(boot, DeviceType::Network, name, suits);
    let places = storage.take().unwrap_or_else(|| conflict(name));
    let (received, sent) = (places.received.as_mut_ptr(), places.sent.as_mut_ptr());
    // SAFETY: both memories were borrowed for ever, and nothing else is done with them.
    #[allow(unsafe_code, reason = "memory that is not initialised")]
    let card = unsafe { Card::start(transport, mtu, SEND, received, sent) };
    let card = card.unwrap_or_else(|(transport, refusal)| transport.refuse::<K>(name, refusal));
    Net::new(Shared::attach(places.shared, card, places.memory, &configuration))
}

/// Reads the boot arguments, and what else an interface needs.
fn configuration<K: Kernel>(boot: &Boot<K>, name: &str, first_argument: usize) -> Configuration {
    #[cfg(feature = "sockets")]
    time::attach();
    #[cfg(not(feature = "dns"))]
    refuse(boot.argument::<Option<IpAddr>>(first_argument + argument::DNS).is_some(), boot, name, "dns", "dns");
    #[cfg(not(feature = "dhcp"))]
    refuse(boot.argument(first_argument + argument::DHCP), boot, name, "dhcp", "dhcp");
    #[cfg(not(feature = "ipv6"))]
    refuse(boot.argument::<Option<&'static str>>(first_argument + argument::IP6).is_some(), boot, name, "ip6", "ipv6");
    #[cfg(not(feature = "ipv6"))]
    refuse(
        boot.argument::<Option<&'static str>>(first_argument + argument::GATEWAY6).is_some(),
        boot,
        name,
        "gateway6",
        "ipv6",
    );
    #[cfg(not(feature = "busy-poll"))]
    refuse(
        boot.argument::<Option<&'static str>>(first_argument + argument::BUSY_POLL).is_some(),
        boot,
        name,
        "busy_poll",
        "busy-poll",
    );
    Configuration {
        address: boot
            .argument::<Option<Network>>(first_argument + argument::IP)
            .map(|network| (network.address, network.prefix)),
        gateway: boot.argument(first_argument + argument::GATEWAY),
        #[cfg(feature = "dns")]
        name_server: boot.argument(first_argument + argument::DNS),
        #[cfg(feature = "dhcp")]
        dhcp: boot.argument(first_argument + argument::DHCP),
        #[cfg(feature = "ipv6")]
        address6: boot
            .argument::<Option<Network6>>(first_argument + argument::IP6)
            .map(|network| (network.address, network.prefix)),
        #[cfg(feature = "ipv6")]
        gateway6: boot.argument(first_argument + argument::GATEWAY6),
        #[cfg(feature = "busy-poll")]
        busy_poll: boot.argument(first_argument + argument::BUSY_POLL),
        #[cfg(feature = "sockets")]
        seed: {
            crate::entropy::start(boot, name);
            let mut seed = [0; 8];
            crate::entropy::fill(&mut seed);
            u64::from_le_bytes(seed)
        },
        #[cfg(not(feature = "sockets"))]
        seed: 0, // there is nothing to guess
    }
}

/// Stops the boot where an argument is given that is nothing without a feature.
#[cfg(not(all(feature = "dns", feature = "dhcp", feature = "ipv6", feature = "busy-poll")))]
fn refuse<K: Kernel>(is_given: bool, _boot: &Boot<K>, name: &str, option: &str, feature: &str) {
    if is_given {
        let report = Report::<K>::begin().text("boot argument `").text(name).text(".").text(option);
        let report = report.text("`: this kernel is built without the feature `").text(feature);
        report.text("` of `unikernel-rt`").stop(Status::ARGUMENT);
    }
}

/// An IPv4 address with the prefix of its network.
struct Network {
    address: Ipv4Addr,
    prefix: u8,
}

impl FromArg for Network {
    const KIND: Kind<'static> = Kind::ADDRESS_PREFIX_V4;

    fn parse(text: &'static str) -> Option<Self> {
        let parsed = value::address_prefix(text, Family::V4).ok()?;
        match parsed.address {
            IpAddr::V4(address) => Some(Network { address, prefix: parsed.prefix }),
            IpAddr::V6(_) => None,
        }
    }
}

/// An IPv6 address with the prefix of its network.
#[cfg(feature = "ipv6")]
struct Network6 {
    address: core::net::Ipv6Addr,
    prefix: u8,
}

#[cfg(feature = "ipv6")]
impl FromArg for Network6 {
    const KIND: Kind<'static> = Kind::ADDRESS_PREFIX_V6;

    fn parse(text: &'static str) -> Option<Self> {
        let parsed = value::address_prefix(text, Family::V6).ok()?;
        match parsed.address {
            IpAddr::V6(address) => Some(Network6 { address, prefix: parsed.prefix }),
            IpAddr::V4(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::argument;

    #[test]
    fn arguments_are_in_the_order_of_the_vocabulary() {
        let options = unikernel_vocabulary::device("net").unwrap().options;
        let names = [
            (argument::IP, "ip"),
            (argument::GATEWAY, "gateway"),
            (argument::DNS, "dns"),
            (argument::DHCP, "dhcp"),
            (argument::IP6, "ip6"),
            (argument::GATEWAY6, "gateway6"),
            (argument::BUSY_POLL, "busy_poll"),
        ];
        for (index, name) in names {
            assert_eq!(options[index].name, name);
        }
    }
}
