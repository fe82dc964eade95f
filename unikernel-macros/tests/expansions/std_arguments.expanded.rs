#[tokio::main]
async fn __unikernel_main(port: u16, name: &'static str) {
    serve(port, name).await
}
#[cfg(unikernel)]
#[allow(nonstandard_style)]
static __unikernel_value_port: ::unikernel_rt::__private::std::Value<u16> = ::unikernel_rt::__private::std::Value::new();
#[cfg(unikernel)]
#[allow(nonstandard_style)]
static __unikernel_value_name: ::unikernel_rt::__private::std::Value<&'static str> = ::unikernel_rt::__private::std::Value::new();
#[allow(nonstandard_style)]
fn main() {
    #[cfg(unikernel)]
    return __unikernel_main(
        __unikernel_value_port.take(),
        __unikernel_value_name.take(),
    );
    #[cfg(not(unikernel))]
    {
        use ::unikernel_rt::__private as __unikernel_rt;
        const __unikernel_argument_port: __unikernel_rt::Argument<u16> = __unikernel_rt::argument_or::<
            u16,
        >("port", "80");
        const __unikernel_argument_name: __unikernel_rt::Argument<&'static str> = __unikernel_rt::argument::<
            &'static str,
        >("name");
        let __unikernel_words: &'static [&'static str] = ::std::vec::Vec::leak(
            ::std::env::args()
                .skip(1)
                .map(|word| &*::std::string::String::leak(word))
                .collect(),
        );
        __unikernel_main(
            match __unikernel_rt::std::host_value(
                &__unikernel_argument_port,
                __unikernel_words,
            ) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(fault) => {
                    ::std::eprintln!("{fault}");
                    ::std::process::exit(__unikernel_rt::std::ARGUMENT_STATUS);
                }
            },
            match __unikernel_rt::std::host_value(
                &__unikernel_argument_name,
                __unikernel_words,
            ) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(fault) => {
                    ::std::eprintln!("{fault}");
                    ::std::process::exit(__unikernel_rt::std::ARGUMENT_STATUS);
                }
            },
        )
    }
}
#[cfg(unikernel)]
#[allow(nonstandard_style)]
const _: () = {
    use ::unikernel_rt::__private as __unikernel_rt;
    const __unikernel_argument_port: __unikernel_rt::Argument<u16> = __unikernel_rt::argument_or::<
        u16,
    >("port", "80");
    const __unikernel_argument_name: __unikernel_rt::Argument<&'static str> = __unikernel_rt::argument::<
        &'static str,
    >("name");
    struct __unikernel_Kernel;
    impl __unikernel_rt::Kernel for __unikernel_Kernel {
        type Console = __unikernel_rt::console::Undeclared;
        const DECLARATION: __unikernel_rt::Declaration<'static> = __unikernel_rt::Declaration {
            is_async: true,
            devices: &[__unikernel_rt::device("std", "std", &[])],
            arguments: &[
                __unikernel_argument_port.declared,
                __unikernel_argument_name.declared,
                __unikernel_rt::argument_or::<&str>("env.RUST_LOG", "info").declared,
                __unikernel_rt::argument::<&str>("env.HOME").declared,
            ],
            rest: ::core::option::Option::Some("rest"),
            ..__unikernel_rt::package!()
        };
        fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
            let __unikernel_port = __unikernel_boot.value(&__unikernel_argument_port, 0);
            let __unikernel_name = __unikernel_boot.value(&__unikernel_argument_name, 1);
            __unikernel_value_port.put(__unikernel_port);
            __unikernel_value_name.put(__unikernel_name);
            __unikernel_rt::std::run(__unikernel_boot)
        }
    }
    __unikernel_rt::console!(__unikernel_Kernel, handle);
    __unikernel_rt::std::kernel!(__unikernel_Kernel);
};
