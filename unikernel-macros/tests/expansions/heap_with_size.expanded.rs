#[inline(never)]
fn main(verbose: bool) {}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    const __unikernel_argument_verbose: __unikernel_rt::Argument<bool> = __unikernel_rt::argument_or::<
        bool,
    >("verbose", "true");
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[
                __unikernel_rt::device("console", "console", &[]),
                __unikernel_rt::device("heap", "heap", &[("size", "1MiB")]),
                __unikernel_rt::device("log", "log", &[]),
            ],
            arguments: &[
                __unikernel_argument_verbose.declared,
                __unikernel_rt::boot_option_or("log", "level", "log.level", "debug"),
            ],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            __unikernel_rt::log::attach(
                __unikernel_boot,
                __unikernel_rt::log::Options {
                    first_argument: 1,
                },
            );
            __unikernel_rt::heap::attach_arena(
                &__unikernel_heap,
                &__unikernel_heap_arena,
            );
            let __unikernel_verbose = __unikernel_boot
                .value(&__unikernel_argument_verbose, 0);
            __unikernel_rt::status(__unikernel_boot, main(__unikernel_verbose))
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel);
    #[global_allocator]
    static __unikernel_heap: __unikernel_rt::heap::Heap = __unikernel_rt::heap::Heap::new();
    #[unsafe(link_section = ".uninitialised")]
    static __unikernel_heap_arena: __unikernel_rt::heap::Arena<
        { __unikernel_rt::heap::arena_bytes("1MiB") },
    > = __unikernel_rt::heap::Arena::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
