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
            devices: &[__unikernel_rt::device("heap", "heap", &[])],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            __unikernel_rt::heap::attach(__unikernel_boot, &__unikernel_heap);
            __unikernel_rt::status(__unikernel_boot, main())
        }
    }
    #[global_allocator]
    static __unikernel_heap: __unikernel_rt::heap::Heap = __unikernel_rt::heap::Heap::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
