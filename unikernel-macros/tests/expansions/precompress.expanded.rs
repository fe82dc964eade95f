#[inline(never)]
fn main(kv: Kv) {}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Undeclared;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: false,
            devices: &[
                __unikernel_rt::device(
                    "kv",
                    "kv",
                    &[("dir", "tests/compressible"), ("precompress", "gzip, br")],
                ),
            ],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_kv = __unikernel_rt::kv::attach(__unikernel_files_kv);
            __unikernel_rt::status(__unikernel_boot, main(__unikernel_kv))
        }
    }
    static __unikernel_files_kv: &[__unikernel_rt::kv::Embedded] = __unikernel_rt::embed!(
        "tests/compressible" : "index.html"["br" :
        "unikernel-precompressed/9ff64922943ece22-461.br", "gzip" :
        "unikernel-precompressed/9ff64922943ece22-461.gzip"], "short.txt", "zeros.bin"
    );
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
