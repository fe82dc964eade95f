//! `net`: a network card and the Internet protocols over it.

use super::{DeviceSpec, Hardware, OptionSpec, Parameter};
use crate::kind::Kind;
use crate::value::{CLIENT_ID_BYTES, HOST_NAME_BYTES};

pub(super) const NET: DeviceSpec = DeviceSpec {
    kind: "net",
    parameter: Parameter::Required,
    type_name: Some("Net"),
    options: &[
        boot("ip", Kind::ADDRESS_PREFIX_V4, "IPv4 address and prefix length"),
        boot("gateway", Kind::ADDRESS_V4, "default gateway"),
        boot("dns", Kind::ADDRESS, "DNS server").by_feature("dns"),
        boot("dhcp", Kind::BOOL, "whether to get address, gateway and DNS server by DHCP")
            .or("false")
            .by_feature("dhcp"),
        boot("ip6", Kind::ADDRESS_PREFIX_V6, "IPv6 address and prefix length; `::` for stateless autoconfiguration")
            .by_feature("ipv6"),
        boot("gateway6", Kind::ADDRESS_V6, "default gateway for IPv6").by_feature("ipv6"),
        boot("busy_poll", Kind::DURATION, "how long to poll for more frames before the processor halts")
            .by_feature("busy-poll"),
        boot("hostname", Kind::text(HOST_NAME_BYTES), "host name that the DHCP server is told")
            .on_demand()
            .by_feature("dhcp"),
        boot(
            "client_id",
            Kind::text(CLIENT_ID_BYTES),
            "what the DHCP server knows the machine by, in place of its MAC address",
        )
        .on_demand()
        .by_feature("dhcp"),
        fixed("mac", Kind::MAC, "MAC address of the card to take, where there are several"),
        fixed("mtu", Kind::integer(576, 9216), "maximum transmission unit").or("1500"),
        fixed("neighbours", Kind::integer(8, 4096), "size of the table of hosts on the same network").or("256"),
        fixed("pool", POOL, "memory that all connections and UDP sockets share for their data").or("256KiB"),
        fixed(
            "sockets",
            Kind::integer(1, 65535),
            "maximum number of TCP connections, of 512 bytes each besides their data",
        )
        .or("64"),
        fixed("receive_buffer", SOCKET_BUFFER, "the most of the pool that a connection takes for received data")
            .or("256KiB"),
        fixed("send_buffer", SOCKET_BUFFER, "the most of the pool that a connection takes for data to be sent")
            .or("256KiB"),
        fixed("listeners", Kind::integer(1, 255), "maximum number of TCP listeners").or("8"),
        fixed("udp_sockets", Kind::integer(1, 4096), "maximum number of UDP sockets").or("16"),
        fixed("udp_datagrams", Kind::integer(1, 4096), "received datagrams that a UDP socket queues").or("16"),
        fixed(
            "fragments",
            Kind::integer(1, 64),
            "maximum number of packets in fragments at the same time, of 9 KiB memory each",
        )
        .or("4")
        .by_feature("fragments"),
        fixed("dns_queries", Kind::integer(1, 64), "maximum number of DNS look-ups at the same time").or("4"),
        fixed("rx_buffers", Kind::integer(2, 256), "receive ring size").or("32"),
        fixed("tx_buffers", Kind::integer(2, 256), "transmit ring size").or("32"),
    ],
    several: true,
    feature: Some("net"),
    hardware: &[Hardware::NetworkCard, Hardware::RandomSource],
    example: "net(ip = \"10.0.0.2/24\")",
    ..DeviceSpec::PLAIN
};

/// A connection that sends and one that receives at the least.
const POOL: Kind<'static> = Kind::size(16 << 10, 512 << 20);

/// Half a segment at the least. The most leaves room for the rest of the image.
const SOCKET_BUFFER: Kind<'static> = Kind::size(512, 512 << 20);

const fn boot(name: &'static str, kind: Kind<'static>, help: &'static str) -> OptionSpec {
    OptionSpec::boot(name, kind, help)
}

const fn fixed(name: &'static str, kind: Kind<'static>, help: &'static str) -> OptionSpec {
    OptionSpec::fixed(name, kind, help)
}
