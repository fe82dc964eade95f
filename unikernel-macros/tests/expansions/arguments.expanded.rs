fn main(
    name: &str,
    greeting: &str,
    _port: u16,
    color: Color,
    wait: Duration,
    mut console: Console,
    verbose: bool,
    peer: Option<Ipv4Addr>,
) -> Result<(), Error> {
    run(name)
}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            application: ::core::env!("CARGO_BIN_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            devices: &[
                __unikernel_rt::Device {
                    kind: "console",
                    name: "console",
                    fixed: &[],
                },
            ],
            arguments: &[
                __unikernel_rt::Argument {
                    name: "port",
                    kind: <u16 as __unikernel_rt::FromArg>::KIND,
                    default: ::core::option::Option::Some("80"),
                },
                __unikernel_rt::Argument {
                    name: "greeting",
                    kind: <&str as __unikernel_rt::FromArg>::KIND,
                    default: ::core::option::Option::Some("hello"),
                },
                __unikernel_rt::Argument {
                    name: "wait",
                    kind: <Duration as __unikernel_rt::FromArg>::KIND,
                    default: ::core::option::Option::Some("250ms"),
                },
                __unikernel_rt::Argument {
                    name: "color",
                    kind: <Color as __unikernel_rt::FromArg>::KIND,
                    default: ::core::option::Option::Some("red"),
                },
                __unikernel_rt::Argument {
                    name: "verbose",
                    kind: <bool as __unikernel_rt::FromArg>::KIND,
                    default: ::core::option::Option::Some("false"),
                },
                __unikernel_rt::Argument {
                    name: "peer",
                    kind: <Option<Ipv4Addr> as __unikernel_rt::FromArg>::KIND,
                    default: ::core::option::Option::None,
                },
                __unikernel_rt::Argument {
                    name: "name",
                    kind: <&str as __unikernel_rt::FromArg>::KIND,
                    default: ::core::option::Option::None,
                },
            ],
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_port = __unikernel_rt::args::value::<
                u16,
            >(__unikernel_boot, 0usize);
            let __unikernel_greeting = __unikernel_rt::args::value::<
                &str,
            >(__unikernel_boot, 1usize);
            let __unikernel_wait = __unikernel_rt::args::value::<
                Duration,
            >(__unikernel_boot, 2usize);
            let __unikernel_color = __unikernel_rt::args::value::<
                Color,
            >(__unikernel_boot, 3usize);
            let __unikernel_verbose = __unikernel_rt::args::value::<
                bool,
            >(__unikernel_boot, 4usize);
            let __unikernel_peer = __unikernel_rt::args::value::<
                Option<Ipv4Addr>,
            >(__unikernel_boot, 5usize);
            let __unikernel_name = __unikernel_rt::args::value::<
                &str,
            >(__unikernel_boot, 6usize);
            __unikernel_rt::status::<
                __unikernel_Kernel,
                Result<(), Error>,
            >(
                main(
                    __unikernel_name,
                    __unikernel_greeting,
                    __unikernel_port,
                    __unikernel_color,
                    __unikernel_wait,
                    __unikernel_console,
                    __unikernel_verbose,
                    __unikernel_peer,
                ),
            )
        }
    }
    const _: () = __unikernel_rt::check_default(
        &<Color as __unikernel_rt::FromArg>::KIND,
        "red",
    );
    __unikernel_rt::console!(__unikernel_Kernel);
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
