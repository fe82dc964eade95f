#[inline(never)]
fn main() -> ExitCode {
    ExitCode::SUCCESS
}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Undeclared;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[__unikernel_rt::device("clock", "clock", &[])],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_clock = __unikernel_rt::clock::attach(__unikernel_boot);
            __unikernel_rt::status(__unikernel_boot, main())
        }
    }
    __unikernel_rt::clock!();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
