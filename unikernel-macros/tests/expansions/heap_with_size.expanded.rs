fn main(verbose: bool) {}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            application: ::core::env!("CARGO_BIN_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            devices: &[
                __unikernel_rt::Device {
                    kind: "console",
                    name: "console",
                    fixed: &[],
                },
                __unikernel_rt::Device {
                    kind: "heap",
                    name: "heap",
                    fixed: &[("size", "1MiB")],
                },
                __unikernel_rt::Device {
                    kind: "log",
                    name: "log",
                    fixed: &[],
                },
            ],
            arguments: &[
                __unikernel_rt::Argument {
                    name: "verbose",
                    kind: <bool as __unikernel_rt::FromArg>::KIND,
                    default: ::core::option::Option::Some("true"),
                },
                __unikernel_rt::Argument {
                    name: "log.level",
                    kind: __unikernel_rt::Kind::words("off|error|warn|info|debug|trace"),
                    default: ::core::option::Option::Some("debug"),
                },
            ],
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            __unikernel_rt::heap::attach_arena(
                &__unikernel_heap,
                &__unikernel_heap_arena,
            );
            __unikernel_rt::log::attach::<__unikernel_Kernel>(__unikernel_boot, 1usize);
            let __unikernel_verbose = __unikernel_rt::args::value::<
                bool,
            >(__unikernel_boot, 0usize);
            __unikernel_rt::status::<__unikernel_Kernel, ()>(main(__unikernel_verbose))
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel);
    __unikernel_rt::require_heap!();
    #[global_allocator]
    static __unikernel_heap: __unikernel_rt::heap::Heap = __unikernel_rt::heap::Heap::new();
    static __unikernel_heap_arena: __unikernel_rt::heap::Arena<
        { __unikernel_rt::heap::arena_bytes("1MiB") },
    > = __unikernel_rt::heap::Arena::new();
    __unikernel_rt::require_log!();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
