#[inline(never)]
fn main(
    name: &str,
    _port: u16,
    color: Color,
    wait: Duration,
    mut console: Console,
    peer: Option<Ipv4Addr>,
) -> Result<(), Error> {
    run(name)
}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    const __unikernel_argument_port: __unikernel_rt::Argument<u16> = __unikernel_rt::argument_or::<
        u16,
    >("port", "80");
    const __unikernel_argument_color: __unikernel_rt::Argument<Color> = __unikernel_rt::argument_or::<
        Color,
    >("color", "red");
    const __unikernel_argument_wait: __unikernel_rt::Argument<Duration> = __unikernel_rt::argument_or::<
        Duration,
    >("wait", "250ms");
    const __unikernel_argument_peer: __unikernel_rt::Argument<Option<Ipv4Addr>> = __unikernel_rt::argument::<
        Option<Ipv4Addr>,
    >("peer");
    const __unikernel_argument_name: __unikernel_rt::Argument<&str> = __unikernel_rt::argument::<
        &str,
    >("name");
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[__unikernel_rt::device("console", "console", &[])],
            arguments: &[
                __unikernel_argument_port.declared,
                __unikernel_argument_color.declared,
                __unikernel_argument_wait.declared,
                __unikernel_argument_peer.declared,
                __unikernel_argument_name.declared,
            ],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_port = __unikernel_boot.value(&__unikernel_argument_port, 0);
            let __unikernel_color = __unikernel_boot
                .value(&__unikernel_argument_color, 1);
            let __unikernel_wait = __unikernel_boot.value(&__unikernel_argument_wait, 2);
            let __unikernel_peer = __unikernel_boot.value(&__unikernel_argument_peer, 3);
            let __unikernel_name = __unikernel_boot.value(&__unikernel_argument_name, 4);
            __unikernel_rt::status(
                __unikernel_boot,
                main(
                    __unikernel_name,
                    __unikernel_port,
                    __unikernel_color,
                    __unikernel_wait,
                    __unikernel_console,
                    __unikernel_peer,
                ),
            )
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel, handle);
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
