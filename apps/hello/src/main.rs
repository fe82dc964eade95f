//! Prints one line: the smallest unikernel that does something.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[inline(never)]
fn main() {
    println!("Hello from hello");
}

const _: () = {
    use ::unikernel_rt::__private as rt;
    struct Kernel;
    impl rt::Kernel for Kernel {
        type Console = rt::console::Serial;
        const DECLARATION: rt::Declaration<'static> = rt::Declaration {
            application: env!("CARGO_BIN_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            devices: &[rt::Device { kind: "console", name: "console", fixed: &[] }],
            arguments: &[],
        };
        fn run(_boot: &rt::Boot) -> rt::Status {
            rt::status::<Self, _>(main())
        }
    }
    rt::console!(Kernel);
    rt::kernel!(Kernel);
};
