#[inline(never)]
fn main(port: u16, words: Rest) {}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    const __unikernel_argument_port: __unikernel_rt::Argument<u16> = __unikernel_rt::argument_or::<
        u16,
    >("port", "80");
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[__unikernel_rt::device("console", "console", &[])],
            arguments: &[__unikernel_argument_port.declared],
            rest: ::core::option::Option::Some("words"),
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_port = __unikernel_boot.value(&__unikernel_argument_port, 0);
            let __unikernel_words = __unikernel_boot.rest();
            __unikernel_rt::status(
                __unikernel_boot,
                main(__unikernel_port, __unikernel_words),
            )
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel);
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
