#[inline(never)]
fn main(_console: Console) -> ! {
    panic!()
}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[__unikernel_rt::device("console", "console", &[])],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            main(__unikernel_console)
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel, handle);
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
