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
            devices: &[__unikernel_rt::device("console", "console", &[])],
            arguments: &[
                __unikernel_rt::argument_or::<u16>("port", "80"),
                __unikernel_rt::argument_or::<&str>("greeting", "hello"),
                __unikernel_rt::argument_or::<Duration>("wait", "250ms"),
                __unikernel_rt::argument_or::<Color>("color", "red"),
                __unikernel_rt::argument_or::<bool>("verbose", "false"),
                __unikernel_rt::argument::<Option<Ipv4Addr>>("peer"),
                __unikernel_rt::argument::<&str>("name"),
            ],
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_port: u16 = __unikernel_boot.argument(0);
            let __unikernel_greeting: &str = __unikernel_boot.argument(1);
            let __unikernel_wait: Duration = __unikernel_boot.argument(2);
            let __unikernel_color: Color = __unikernel_boot.argument(3);
            let __unikernel_verbose: bool = __unikernel_boot.argument(4);
            let __unikernel_peer: Option<Ipv4Addr> = __unikernel_boot.argument(5);
            let __unikernel_name: &str = __unikernel_boot.argument(6);
            __unikernel_rt::status::<
                Self,
                _,
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
