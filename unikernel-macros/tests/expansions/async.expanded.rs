#[inline(never)]
async fn main(spawner: Spawner, console: Console, greeting: &str) -> Result<(), Error> {
    spawner.spawn(blink().unwrap());
    serve(console, greeting).await
}
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    const __unikernel_argument_greeting: __unikernel_rt::Argument<&str> = __unikernel_rt::argument_or::<
        &str,
    >("greeting", "hello");
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Serial;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: true,
            devices: &[
                __unikernel_rt::device("console", "console", &[]),
                __unikernel_rt::device("clock", "clock", &[]),
            ],
            arguments: &[__unikernel_argument_greeting.declared],
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_console = __unikernel_rt::console::attach(__unikernel_boot);
            let __unikernel_clock = __unikernel_rt::clock::attach(__unikernel_boot);
            let __unikernel_greeting = __unikernel_boot
                .value(&__unikernel_argument_greeting, 0);
            __unikernel_rt::executor::run(
                __unikernel_boot,
                |__unikernel_spawner| __unikernel_main(
                    __unikernel_spawner,
                    __unikernel_console,
                    __unikernel_greeting,
                ),
            )
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel, handle);
    __unikernel_rt::clock!();
    #[__unikernel_rt::embassy_executor::task(
        embassy_executor = __unikernel_rt::embassy_executor
    )]
    async fn __unikernel_main(
        __unikernel_spawner: Spawner,
        __unikernel_console: Console,
        __unikernel_greeting: &'static str,
    ) {
        __unikernel_rt::exit::<
            __unikernel_Kernel,
            _,
        >(main(__unikernel_spawner, __unikernel_console, __unikernel_greeting).await)
    }
    __unikernel_rt::kernel!(__unikernel_Kernel);
};
