fn main() -> std::io::Result<()> {
    Ok(())
}
#[cfg(unikernel)]
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[
                __unikernel_rt::device("std", "std", &[]),
                __unikernel_rt::device("console", "console", &[]),
                __unikernel_rt::device("clock", "clock", &[]),
                __unikernel_rt::device("kv", "kv", &[("dir", "tests/embedded")]),
                __unikernel_rt::device("block", "data", &[]),
                __unikernel_rt::device("tmp", "tmp", &[("size", "1MiB")]),
            ],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            __unikernel_rt::clock::attach(__unikernel_boot);
            __unikernel_rt::std::use_clock(&__unikernel_rt::std::CLOCK);
            let __unikernel_data = __unikernel_rt::block::attach(
                __unikernel_boot,
                &__unikernel_data_storage,
                __unikernel_rt::block::Options {
                    name: "data",
                    read_only: false,
                },
            );
            let __unikernel_kv = __unikernel_rt::kv::attach(__unikernel_files_kv);
            __unikernel_rt::std::mount_memory(
                "tmp",
                const { __unikernel_rt::std::bytes("1MiB") },
            );
            __unikernel_rt::std::mount_store("tests/embedded", __unikernel_kv);
            __unikernel_rt::std::add_disk("data", __unikernel_data);
            __unikernel_rt::std::run(__unikernel_boot)
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel, handle);
    __unikernel_rt::std::clock!();
    static __unikernel_data_storage: __unikernel_rt::block::Storage = __unikernel_rt::block::Storage::new();
    static __unikernel_files_kv: &[__unikernel_rt::kv::Embedded] = __unikernel_rt::embed!(
        "tests/embedded" : "empty", "img/logo.png", "index.html"
    );
    __unikernel_rt::std::kernel!(__unikernel_Kernel);
};
