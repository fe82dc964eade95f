#[inline(never)]
#[allow(clippy::too_many_arguments)]
fn main(
    console: Console,
    clock: Clock,
    entropy: Entropy,
    shutdown: Shutdown,
    a: u8,
    b: u8,
    c: u8,
    d: u8,
) {}
#[allow(nonstandard_style)]
#[allow(clippy::too_many_arguments)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    const __unikernel_argument_a: __unikernel_rt::Argument<u8> = __unikernel_rt::argument::<
        u8,
    >("a");
    const __unikernel_argument_b: __unikernel_rt::Argument<u8> = __unikernel_rt::argument::<
        u8,
    >("b");
    const __unikernel_argument_c: __unikernel_rt::Argument<u8> = __unikernel_rt::argument::<
        u8,
    >("c");
    const __unikernel_argument_d: __unikernel_rt::Argument<u8> = __unikernel_rt::argument::<
        u8,
    >("d");
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[
                __unikernel_rt::device("console", "console", &[]),
                __unikernel_rt::device("clock", "clock", &[]),
                __unikernel_rt::device("entropy", "entropy", &[]),
                __unikernel_rt::device("shutdown", "shutdown", &[]),
            ],
            arguments: &[
                __unikernel_argument_a.declared,
                __unikernel_argument_b.declared,
                __unikernel_argument_c.declared,
                __unikernel_argument_d.declared,
            ],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_clock = __unikernel_rt::clock::attach(__unikernel_boot);
            let __unikernel_entropy = __unikernel_rt::entropy::attach(
                __unikernel_boot,
                "entropy",
            );
            let __unikernel_shutdown = __unikernel_rt::shutdown::attach(
                __unikernel_boot,
            );
            let __unikernel_a = __unikernel_boot.value(&__unikernel_argument_a, 0);
            let __unikernel_b = __unikernel_boot.value(&__unikernel_argument_b, 1);
            let __unikernel_c = __unikernel_boot.value(&__unikernel_argument_c, 2);
            let __unikernel_d = __unikernel_boot.value(&__unikernel_argument_d, 3);
            __unikernel_rt::status(
                __unikernel_boot,
                main(
                    __unikernel_console,
                    __unikernel_clock,
                    __unikernel_entropy,
                    __unikernel_shutdown,
                    __unikernel_a,
                    __unikernel_b,
                    __unikernel_c,
                    __unikernel_d,
                ),
            )
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel, handle);
    __unikernel_rt::clock!();
    __unikernel_rt::entropy!();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
