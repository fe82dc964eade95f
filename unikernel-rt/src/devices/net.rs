//! How a network is attached.

use crate::drivers::virtio::net::Card;
use crate::drivers::virtio::{self, DeviceType, Transport};
#[cfg(feature = "sockets")]
use crate::entropy::fresh as random;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::declare::option_position;
use crate::kernel::from_arg::FromArg;
#[cfg(any(feature = "dhcp", not(all(feature = "dns", feature = "ipv6", feature = "busy-poll"))))]
use crate::kernel::{report::Report, status::Status};
use crate::net::memory::Sizes;
use crate::net::storage::Storage;
use crate::net::{Configuration, Net, Shared};
use crate::sync::conflict;
#[cfg(feature = "sockets")]
use crate::time;
use core::net::{IpAddr, Ipv4Addr};
use unikernel_vocabulary::{Family, Kind, value};

/// The declaration of a `net`, except its sizes.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Its name.
    pub name: &'static str,
    /// The MAC address of the card to use; any card if there is none.
    pub mac: Option<&'static str>,
    /// The maximum transmission unit.
    pub mtu: u16,
    /// The position of the first of its boot arguments; the others follow it in the order of the vocabulary.
    pub first_argument: usize,
}

/// The value of a boot option of a `net`; the name is resolved at compile time.
macro_rules! option {
    ($boot:expr, $options:expr, $name:literal) => {
        $boot.argument($options.first_argument + const { option_position("net", $name) })
    };
}

/// The positions of the boot arguments that say what a DHCP server is told.
#[cfg(feature = "dhcp")]
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The host's name.
    pub hostname: Option<usize>,
    /// What the server knows the client by.
    pub client_id: Option<usize>,
}

/// As [`attach`], with a client of DHCP that has a name.
#[cfg(feature = "dhcp")]
pub fn attach_as<K: Kernel, const RX: usize, const TX: usize, const FRAME: usize, const SPILL: usize, S: Sizes>(
    boot: &Boot<K>,
    storage: &'static Storage<RX, TX, FRAME, SPILL, S>,
    options: Options,
    client: Client,
) -> Net {
    let host_name = client.hostname.and_then(|argument| client_text(boot, argument, &value::HOST_NAME));
    let client_id = client.client_id.and_then(|argument| client_text(boot, argument, &value::CLIENT_ID));
    let net = attach(boot, storage, options);
    net.name_client(host_name, client_id);
    net
}

/// What a boot argument says of the client; stops the boot where that cannot be.
#[cfg(feature = "dhcp")]
fn client_text<K: Kernel>(boot: &Boot<K>, argument: usize, of: &value::ClientText) -> Option<&'static str> {
    let text = boot.text(argument)?;
    if !(of.is_valid)(text) {
        let name = K::DECLARATION.arguments.get(argument).map_or("", |argument| argument.name);
        let report = Report::<K>::boot_argument(name.as_bytes()).text("`: `").text(text);
        report.text("` cannot be ").text(of.what).text(": ").text(of.rule).stop(Status::ARGUMENT);
    }
    Some(text)
}

/// Claims the card with an address of `mac`, else the next one, and starts it and its protocols. Stops the boot if there is none.
pub fn attach<K: Kernel, const RX: usize, const TX: usize, const FRAME: usize, const SPILL: usize, S: Sizes>(
    boot: &Boot<K>,
    storage: &'static Storage<RX, TX, FRAME, SPILL, S>,
    options: Options,
) -> Net {
    let Options { name, mac, mtu, .. } = options;
    let configuration = configuration::<K, S>(boot, options);
    let wanted = mac.and_then(|mac| value::mac(mac).ok());
    let suits = |transport: &Transport| match wanted {
        Some(mac) => transport.read_config::<[u8; 6]>(0) == Some(mac),
        None => true,
    };
    let transport = virtio::claim(boot, DeviceType::Network, name, suits);
    let places = storage.take().unwrap_or_else(|| conflict(name));
    let card = Card::start::<RX, TX, FRAME, SPILL>(
        transport,
        mtu,
        S::SEND_BYTES as usize,
        random,
        places.received,
        places.sent,
    );
    let card = card.unwrap_or_else(|refused| refused.stop::<K>(name));
    Net::new(Shared::attach(places.shared, card, places.tables, &configuration))
}

/// Builds the configuration of an interface from the boot arguments.
fn configuration<K: Kernel, S: Sizes>(boot: &Boot<K>, options: Options) -> Configuration {
    #[cfg(any(
        feature = "sockets",
        not(all(feature = "dns", feature = "dhcp", feature = "ipv6", feature = "busy-poll"))
    ))]
    let name = options.name;
    #[cfg(feature = "sockets")]
    time::attach();
    #[cfg(not(feature = "dns"))]
    refuse(boot, name, "dns", "dns", option!(boot, options, "dns"));
    #[cfg(not(feature = "dhcp"))]
    refuse(boot, name, "dhcp", "dhcp", Some("").filter(|_| option!(boot, options, "dhcp")));
    #[cfg(not(feature = "ipv6"))]
    refuse(boot, name, "ip6", "ipv6", option!(boot, options, "ip6"));
    #[cfg(not(feature = "ipv6"))]
    refuse(boot, name, "gateway6", "ipv6", option!(boot, options, "gateway6"));
    #[cfg(not(feature = "busy-poll"))]
    refuse(boot, name, "busy_poll", "busy-poll", option!(boot, options, "busy_poll"));
    let address: Option<Network> = option!(boot, options, "ip");
    #[cfg(feature = "ipv6")]
    let address6: Option<Network6> = option!(boot, options, "ip6");
    Configuration {
        address: address.map(|network| (network.address, network.prefix)),
        gateway: option!(boot, options, "gateway"),
        #[cfg(feature = "dns")]
        name_server: option!(boot, options, "dns"),
        #[cfg(feature = "dhcp")]
        dhcp: option!(boot, options, "dhcp"),
        #[cfg(feature = "ipv6")]
        address6: address6.map(|network| (network.address, network.prefix)),
        #[cfg(feature = "ipv6")]
        gateway6: option!(boot, options, "gateway6"),
        #[cfg(feature = "busy-poll")]
        busy_poll: option!(boot, options, "busy_poll"),
        #[cfg(feature = "metrics")]
        about: crate::net::About {
            application: K::DECLARATION.application,
            version: K::DECLARATION.version,
            net: options.name,
        },
        #[cfg(feature = "sockets")]
        key: {
            crate::entropy::start_or_jitter(boot, name);
            let mut key = [0; 16];
            crate::entropy::fill(&mut key);
            key
        },
        #[cfg(not(feature = "sockets"))]
        key: [0; 16], // nothing is made with it that somebody could want to guess
        #[cfg(feature = "tcp")]
        buffers: (S::RECEIVE_BYTES, S::SEND_BYTES),
        #[cfg(feature = "udp")]
        datagrams: S::DATAGRAMS,
    }
}

/// A number that is another one at each boot: nothing depends on it that must be hard to guess.
#[cfg(not(feature = "sockets"))]
fn random() -> u64 {
    crate::arch::cpu::time_stamp()
}

/// Stops the boot if an argument is given that needs a feature.
#[cfg(not(all(feature = "dns", feature = "dhcp", feature = "ipv6", feature = "busy-poll")))]
fn refuse<K: Kernel>(_boot: &Boot<K>, name: &str, option: &str, feature: &str, given: Option<&'static str>) {
    if given.is_some() {
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
