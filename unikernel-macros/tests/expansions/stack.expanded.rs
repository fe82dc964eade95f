#[inline(never)]
fn main() {}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Undeclared;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[__unikernel_rt::device("stack", "stack", &[("size", "256KiB")])],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            __unikernel_rt::status(__unikernel_boot, main())
        }
    }
    #[cfg(not(test))]
    #[used]
    #[unsafe(link_section = ".unikernel.stack")]
    static __unikernel_stack: __unikernel_rt::stack::Stack<
        { __unikernel_rt::stack::stack_bytes("256KiB") },
    > = __unikernel_rt::stack::Stack::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
