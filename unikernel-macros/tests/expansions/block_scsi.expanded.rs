#[inline(never)]
fn main(block: Block, kv: Kv) {}
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
                __unikernel_rt::device("block", "block", &[("scsi", "true")]),
                __unikernel_rt::device(
                    "kv",
                    "kv",
                    &[("fat", "true"), ("scsi", "true"), ("block", "data")],
                ),
                __unikernel_rt::device(
                    "block",
                    "data",
                    &[("read_only", "true"), ("scsi", "true")],
                ),
            ],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_block = __unikernel_rt::block::attach(
                __unikernel_boot,
                &__unikernel_block_storage,
                __unikernel_rt::block::Options {
                    name: "block",
                    read_only: false,
                },
            );
            let __unikernel_kv = __unikernel_rt::kv::attach_fat(
                __unikernel_boot,
                &__unikernel_volume_kv,
                "data",
            );
            __unikernel_rt::status(
                __unikernel_boot,
                main(__unikernel_block, __unikernel_kv),
            )
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel);
    static __unikernel_block_storage: __unikernel_rt::block::Storage = __unikernel_rt::block::Storage::new();
    static __unikernel_volume_kv: __unikernel_rt::kv::Volume = __unikernel_rt::kv::Volume::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
