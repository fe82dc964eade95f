#[inline(never)]
fn main(entropy: Entropy, data: Block, system: Block) {}
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
                __unikernel_rt::device("block", "system", &[("read_only", "true")]),
                __unikernel_rt::device("block", "data", &[]),
                __unikernel_rt::device("entropy", "entropy", &[]),
                __unikernel_rt::device("heap", "heap", &[]),
            ],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_entropy = __unikernel_rt::entropy::attach(
                __unikernel_boot,
                "entropy",
            );
            let __unikernel_system = __unikernel_rt::block::attach(
                __unikernel_boot,
                &__unikernel_system_storage,
                __unikernel_rt::block::Options {
                    name: "system",
                    read_only: true,
                },
            );
            let __unikernel_data = __unikernel_rt::block::attach(
                __unikernel_boot,
                &__unikernel_data_storage,
                __unikernel_rt::block::Options {
                    name: "data",
                    read_only: false,
                },
            );
            __unikernel_rt::heap::attach(__unikernel_boot, &__unikernel_heap);
            __unikernel_rt::status(
                __unikernel_boot,
                main(__unikernel_entropy, __unikernel_data, __unikernel_system),
            )
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel);
    __unikernel_rt::entropy!();
    static __unikernel_system_storage: __unikernel_rt::block::Storage = __unikernel_rt::block::Storage::new();
    static __unikernel_data_storage: __unikernel_rt::block::Storage = __unikernel_rt::block::Storage::new();
    #[global_allocator]
    static __unikernel_heap: __unikernel_rt::heap::Heap = __unikernel_rt::heap::Heap::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
