#[inline(never)]
fn main(lan: Net, wan: Net) -> ! {}
#[allow(dead_code)]
pub(crate) const LAN_SOCKETS: usize = 64;
#[allow(dead_code)]
pub(crate) const WAN_SOCKETS: usize = 64;
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Undeclared;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[
                __unikernel_rt::device("net", "lan", &[]),
                __unikernel_rt::device(
                    "net",
                    "wan",
                    &[("mac", "52:54:00:12:34:56"), ("send_buffer", "64KiB")],
                ),
            ],
            arguments: &[
                __unikernel_rt::boot_option_or("net", "ip", "lan.ip", "10.0.0.2/24"),
                __unikernel_rt::boot_option("net", "gateway", "lan.gateway"),
                __unikernel_rt::boot_option("net", "dns", "lan.dns"),
                __unikernel_rt::boot_option("net", "dhcp", "lan.dhcp"),
                __unikernel_rt::boot_option("net", "ip6", "lan.ip6"),
                __unikernel_rt::boot_option("net", "gateway6", "lan.gateway6"),
                __unikernel_rt::boot_option("net", "busy_poll", "lan.busy_poll"),
                __unikernel_rt::boot_option("net", "ip", "wan.ip"),
                __unikernel_rt::boot_option("net", "gateway", "wan.gateway"),
                __unikernel_rt::boot_option("net", "dns", "wan.dns"),
                __unikernel_rt::boot_option_or("net", "dhcp", "wan.dhcp", "true"),
                __unikernel_rt::boot_option("net", "ip6", "wan.ip6"),
                __unikernel_rt::boot_option("net", "gateway6", "wan.gateway6"),
                __unikernel_rt::boot_option("net", "busy_poll", "wan.busy_poll"),
            ],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_lan = __unikernel_rt::net::attach(
                __unikernel_boot,
                &__unikernel_lan_storage,
                __unikernel_rt::net::Options {
                    name: "lan",
                    mac: ::core::option::Option::None,
                    mtu: 1500,
                    first_argument: 0,
                },
            );
            let __unikernel_wan = __unikernel_rt::net::attach(
                __unikernel_boot,
                &__unikernel_wan_storage,
                __unikernel_rt::net::Options {
                    name: "wan",
                    mac: ::core::option::Option::Some("52:54:00:12:34:56"),
                    mtu: 1500,
                    first_argument: 7,
                },
            );
            main(__unikernel_lan, __unikernel_wan)
        }
    }
    #[unsafe(link_section = ".uninitialised")]
    static __unikernel_lan_storage: __unikernel_rt::net::storage!(
        rx_buffers = 32, tx_buffers = 32, mtu = 1500, neighbours = 256, pool = "256KiB",
        sockets = 64, receive_buffer = "256KiB", send_buffer = "256KiB", listeners = 8,
        udp_sockets = 16, udp_datagrams = 16, fragments = 4, dns_queries = 4
    ) = __unikernel_rt::net::Storage::new();
    #[unsafe(link_section = ".uninitialised")]
    static __unikernel_wan_storage: __unikernel_rt::net::storage!(
        rx_buffers = 32, tx_buffers = 32, mtu = 1500, neighbours = 256, pool = "256KiB",
        sockets = 64, receive_buffer = "256KiB", send_buffer = "64KiB", listeners = 8,
        udp_sockets = 16, udp_datagrams = 16, fragments = 4, dns_queries = 4
    ) = __unikernel_rt::net::Storage::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
