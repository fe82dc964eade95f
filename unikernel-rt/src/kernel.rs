//! What the `#[unikernel(...)]` attribute says of one kernel, as a type.
//!
//! The attribute emits one implementation of [`Kernel`]; the runtime is generic over it, so that a kernel's image holds the
//! instances that its declaration asks for, and a host program that links the runtime holds none.

pub(crate) mod arguments;
mod boot;
pub(crate) mod command_line;
pub(crate) mod constant;
pub(crate) mod declare;
pub(crate) mod exit;
pub(crate) mod fault;
mod features;
pub(crate) mod from_arg;
pub(crate) mod panic;
pub(crate) mod report;
pub(crate) mod status;
pub(crate) mod termination;

pub use boot::Boot;

use arguments::Values;
use status::Status;
use unikernel_vocabulary::declaration::Declaration;

/// A kernel's declaration and the way to its `main`.
pub trait Kernel: Storage + Sized + 'static {
    /// Where text goes to and comes from, reports included.
    type Console: Console;

    /// Everything declared, as it stands in the image's note.
    const DECLARATION: Declaration<'static>;

    /// Attaches the declared devices, reads the arguments and calls `main`.
    fn run(boot: &Boot<Self>) -> Status;
}

/// Storage whose size follows from the declaration; [`__kernel!`](crate::__kernel) makes it.
pub trait Storage {
    /// A slot for the value of each declared argument.
    fn values() -> &'static Values;
}

/// What a kernel has for a console: a device, several, or none.
///
/// It has no state of its own and no lock, so that the report of a crash can be written in the middle of anything.
pub trait Console {
    /// The UART's first port, for the entry code; 0 where there is none.
    const PORT: u16 = 0;

    /// Whether anything that is written can be read somewhere.
    const IS_DECLARED: bool = true;

    /// What is wrong with a machine on which [`Console::attach`] finds nothing.
    const MISSING: &'static str;

    /// Initialises the device; whether it is there.
    fn attach<K: Kernel>(boot: &Boot<K>) -> bool;

    /// Writes all of `bytes`; nothing where the device is not attached.
    fn write(bytes: &[u8]);

    /// Waits until all that was written has left the device.
    fn drain();

    /// Whether a byte has been received.
    fn can_receive() -> bool;

    /// Takes the received bytes, as many as are there and fit; in the order in which they came.
    fn receive(buffer: &mut [u8]) -> usize;

    /// Lets the device interrupt when a byte is received. To be followed by a look whether one is there, then by a halt.
    fn listen();

    /// Whether a byte may have been received since the last time that this was asked.
    fn take_interrupt() -> bool;
}

/// Emits what only a kernel may define: entry, notes, panic handler, and functions that others link to.
#[doc(hidden)]
#[macro_export]
macro_rules! __kernel {
    ($kernel:ty) => {
        #[cfg(all(panic = "unwind", not(test)))]
        ::core::compile_error!(
            "the profile unwinds on panic, which a unikernel cannot\nhelp: write `panic = \"abort\"` into the profile in the \
             Cargo.toml of the workspace, such as below `[profile.dev]` and `[profile.release]`"
        );

        /// Makes the instance; the linker script keeps what it refers to and drops this reference.
        #[used]
        #[unsafe(link_section = ".unikernel.entry")]
        static __unikernel_entry: unsafe extern "C" fn() = $crate::__private::entry::<$kernel>;

        $crate::__memory_functions!();
        $crate::__if_async! {
            $crate::__critical_section!();
            $crate::__executor!();
            $crate::__embassy_time!();
        }

        #[used]
        #[unsafe(link_section = ".note.unikernel")]
        static __unikernel_note: $crate::__private::Note<
            { <$kernel as $crate::__private::Kernel>::DECLARATION.encoded_len() },
        > = $crate::__private::Note::new(&<$kernel as $crate::__private::Kernel>::DECLARATION);

        impl $crate::__private::Storage for $kernel {
            fn values() -> &'static $crate::__private::Values {
                static VALUES: $crate::__private::Values<
                    [$crate::__private::Given; <$kernel as $crate::__private::Kernel>::DECLARATION.arguments.len()],
                > = $crate::__private::Values::new();
                &VALUES
            }
        }

        #[panic_handler]
        fn __unikernel_panic(info: &::core::panic::PanicInfo<'_>) -> ! {
            $crate::__private::panic::<$kernel>(info)
        }
    };
}
