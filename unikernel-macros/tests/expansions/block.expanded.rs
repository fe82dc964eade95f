#[inline(never)]
fn main(block: Block) {}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Undeclared;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[
                __unikernel_rt::device("block", "block", &[]),
                __unikernel_rt::device("entropy", "entropy", &[]),
            ],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_entropy = __unikernel_rt::entropy::attach(
                __unikernel_boot,
                "entropy",
            );
            let __unikernel_block = __unikernel_rt::block::attach(
                __unikernel_boot,
                &__unikernel_block_storage,
                __unikernel_rt::block::Options {
                    name: "block",
                    read_only: false,
                },
            );
            __unikernel_rt::status(__unikernel_boot, main(__unikernel_block))
        }
    }
    __unikernel_rt::entropy!();
    static __unikernel_block_storage: __unikernel_rt::block::Storage = __unikernel_rt::block::Storage::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
