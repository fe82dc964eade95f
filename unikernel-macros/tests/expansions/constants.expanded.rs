#[inline(never)]
fn main(net: Net, port: u16) {}
#[allow(dead_code)]
pub(crate) const NET_SOCKETS: usize = 64;
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    const __unikernel_default_port: &__unikernel_rt::Text = &__unikernel_rt::Constant(
            PORT,
        )
        .text();
    const __unikernel_argument_port: __unikernel_rt::Argument<u16> = __unikernel_rt::argument_or::<
        u16,
    >("port", __unikernel_default_port.as_str());
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Undeclared;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[__unikernel_rt::device("net", "net", &[])],
            arguments: &[
                __unikernel_argument_port.declared,
                __unikernel_rt::boot_option_required("net", "ip", "net.ip"),
                __unikernel_rt::boot_option("net", "gateway", "net.gateway"),
                __unikernel_rt::boot_option("net", "dns", "net.dns"),
                __unikernel_rt::boot_option("net", "dhcp", "net.dhcp"),
                __unikernel_rt::boot_option("net", "ip6", "net.ip6"),
                __unikernel_rt::boot_option("net", "gateway6", "net.gateway6"),
                __unikernel_rt::boot_option("net", "busy_poll", "net.busy_poll"),
            ],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_net = __unikernel_rt::net::attach(
                __unikernel_boot,
                &__unikernel_net_storage,
                __unikernel_rt::net::Options {
                    name: "net",
                    mac: ::core::option::Option::None,
                    mtu: 1500,
                    first_argument: 1,
                },
            );
            let __unikernel_port = __unikernel_boot.value(&__unikernel_argument_port, 0);
            __unikernel_rt::status(
                __unikernel_boot,
                main(__unikernel_net, __unikernel_port),
            )
        }
    }
    #[unsafe(link_section = ".uninitialised")]
    static __unikernel_net_storage: __unikernel_rt::net::storage!(
        rx_buffers = 32, tx_buffers = 32, mtu = 1500, neighbours = 256, pool = "256KiB",
        sockets = 64, receive_buffer = "256KiB", send_buffer = "256KiB", listeners = 8,
        udp_sockets = 16, udp_datagrams = 16, fragments = 4, dns_queries = 4
    ) = __unikernel_rt::net::Storage::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
