#[inline(never)]
fn main(console: Console, net: Net, block: Block, clock: Clock) {}
#[allow(dead_code)]
pub(crate) const NET_SOCKETS: usize = 64;
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[
                __unikernel_rt::device("console", "console", &[]),
                __unikernel_rt::device("net", "net", &[]),
                __unikernel_rt::device("block", "block", &[]),
                __unikernel_rt::device("clock", "clock", &[]),
            ],
            arguments: &[
                __unikernel_rt::boot_option_or("net", "ip", "net.ip", "10.0.0.2"),
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
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_clock = __unikernel_rt::clock::attach(__unikernel_boot);
            let __unikernel_block = __unikernel_rt::block::attach(
                __unikernel_boot,
                &__unikernel_block_storage,
                __unikernel_rt::block::Options {
                    name: "block",
                    read_only: false,
                },
            );
            let __unikernel_net = __unikernel_rt::net::attach(
                __unikernel_boot,
                &__unikernel_net_storage,
                __unikernel_rt::net::Options {
                    name: "net",
                    mac: ::core::option::Option::None,
                    mtu: 1500,
                    first_argument: 0,
                },
            );
            __unikernel_rt::status(
                __unikernel_boot,
                main(
                    __unikernel_console,
                    __unikernel_net,
                    __unikernel_block,
                    __unikernel_clock,
                ),
            )
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel, handle);
    __unikernel_rt::clock!();
    static __unikernel_block_storage: __unikernel_rt::block::Storage = __unikernel_rt::block::Storage::new();
    #[unsafe(link_section = ".uninitialised")]
    static __unikernel_net_storage: __unikernel_rt::net::storage!(
        rx_buffers = 32, tx_buffers = 32, mtu = 1500, neighbours = 256, pool = "256KiB",
        sockets = 64, receive_buffer = "256KiB", send_buffer = "256KiB", listeners = 8,
        udp_sockets = 16, udp_datagrams = 16, fragments = 4, dns_queries = 4
    ) = __unikernel_rt::net::Storage::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
