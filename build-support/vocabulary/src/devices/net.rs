//! `net`: a network card and the Internet protocols over it.

use super::{DeviceSpec, OptionSpec, Parameter, When};
use crate::kind::Kind;

pub(super) const NET: DeviceSpec = DeviceSpec {
    kind: "net",
    parameter: Parameter::Required,
    type_name: Some("Net"),
    options: &[
        boot("ip", Kind::ADDRESS_PREFIX_V4.optional(), None, "its address and the prefix of its network"),
        boot("gateway", Kind::ADDRESS_V4.optional(), None, "the way to all other networks"),
        boot("dns", Kind::ADDRESS.optional(), None, "who knows the addresses of names"),
        boot("dhcp", Kind::BOOL, Some("false"), "whether to ask the network for address, gateway and name server"),
        boot(
            "ip6",
            Kind::ADDRESS_PREFIX_V6.optional(),
            None,
            "its IPv6 address; `::` takes what the network advertises",
        ),
        boot("gateway6", Kind::ADDRESS_V6.optional(), None, "the way to all other networks of IPv6"),
        boot(
            "busy_poll",
            Kind::DURATION.optional(),
            None,
            "how long it looks for more, after something has come, before the processor halts",
        ),
        fixed("mac", Kind::MAC.optional(), None, "which card, where there are several"),
        fixed("mtu", Kind::integer(576, 9216), Some("1500"), "the most bytes of a packet"),
        fixed(
            "sockets",
            Kind::integer(1, 4096),
            Some("16"),
            "how many TCP connections at most, those of listeners included",
        ),
        fixed("receive_buffer", Kind::SIZE, Some("8KiB"), "what each of them keeps of what has come"),
        fixed("send_buffer", Kind::SIZE, Some("16KiB"), "what each of them keeps of what has not arrived"),
        fixed("rx_buffers", Kind::integer(2, 256), Some("32"), "how many frames the card can put down"),
        fixed("tx_buffers", Kind::integer(2, 256), Some("32"), "how many frames the card can be handed"),
    ],
    several: true,
    example: "net(ip = \"10.0.0.2/24\")",
};

const fn boot(
    name: &'static str,
    kind: Kind<'static>,
    default: Option<&'static str>,
    help: &'static str,
) -> OptionSpec {
    OptionSpec { name, kind, when: When::Boot, default, help }
}

const fn fixed(
    name: &'static str,
    kind: Kind<'static>,
    default: Option<&'static str>,
    help: &'static str,
) -> OptionSpec {
    OptionSpec { name, kind, when: When::Fixed, default, help }
}
