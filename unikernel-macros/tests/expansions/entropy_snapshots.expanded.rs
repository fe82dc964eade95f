#[inline(never)]
fn main(entropy: Entropy) {}
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
                __unikernel_rt::device(
                    "entropy",
                    "entropy",
                    &[("jitter", "true"), ("snapshots", "true")],
                ),
            ],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_entropy = __unikernel_rt::entropy::watch_snapshots(
                __unikernel_rt::entropy::attach_or_jitter(__unikernel_boot, "entropy"),
            );
            __unikernel_rt::status(__unikernel_boot, main(__unikernel_entropy))
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel);
    __unikernel_rt::entropy!();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
