#[inline(never)]
fn main(pages: Kv, films: Kv) {}
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
                __unikernel_rt::device("kv", "pages", &[("dir", "tests/embedded")]),
                __unikernel_rt::device(
                    "kv",
                    "films",
                    &[("fat", "true"), ("block", "disk")],
                ),
                __unikernel_rt::device("block", "disk", &[("read_only", "true")]),
            ],
            arguments: &[],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_pages = __unikernel_rt::kv::attach(__unikernel_files_pages);
            let __unikernel_films = __unikernel_rt::kv::attach_fat(
                __unikernel_boot,
                &__unikernel_volume_films,
                "disk",
            );
            __unikernel_rt::status(
                __unikernel_boot,
                main(__unikernel_pages, __unikernel_films),
            )
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel);
    static __unikernel_files_pages: &[__unikernel_rt::kv::Embedded] = __unikernel_rt::embed!(
        "tests/embedded" : "empty", "img/logo.png", "index.html"
    );
    static __unikernel_volume_films: __unikernel_rt::kv::Volume = __unikernel_rt::kv::Volume::new();
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
