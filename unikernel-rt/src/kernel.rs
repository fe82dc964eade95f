//! The declaration of one kernel by the `#[unikernel(...)]` attribute, as a type.
//!
//! The attribute emits one implementation of [`Kernel`]. The runtime is generic over it, so a kernel's image contains only the
//! instances that its declaration needs, and a host program that links the runtime contains none.

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

/// A kernel's declaration and its entry to `main`.
pub trait Kernel: Storage + Sized + 'static {
    /// The console, which also receives reports.
    type Console: Console;

    /// The whole declaration, as in the image's note.
    const DECLARATION: Declaration<'static>;

    /// Attaches the declared devices, reads the arguments and calls `main`.
    fn run(boot: &Boot<Self>) -> Status;
}

/// Storage whose size follows from the declaration; [`__kernel!`](crate::__kernel) makes it.
pub trait Storage {
    /// A slot for the value of each declared argument.
    fn values() -> &'static Values;
}

/// The console of a kernel: one device, several, or none.
///
/// It has no state and no lock, so that a crash report can be written at any time.
pub trait Console {
    /// The UART's first port, for the entry code; 0 where there is none.
    const PORT: u16 = 0;

    /// Whether output goes anywhere.
    const IS_DECLARED: bool = true;

    /// Whether output is on the text screen of a boot by BIOS, where reports go anyhow.
    const IS_ON_SCREEN: bool = false;

    /// The error message where [`Console::attach`] finds no device.
    const MISSING: &'static str;

    /// Initialises the device; returns whether it exists.
    fn attach<K: Kernel>(boot: &Boot<K>) -> bool;

    /// Writes all of `bytes`; does nothing if the device is not attached.
    fn write(bytes: &[u8]);

    /// Waits until all that was written has left the device.
    fn drain();

    /// Whether a byte has been received.
    fn can_receive() -> bool;

    /// Takes received bytes in order, as many as fit.
    fn receive(buffer: &mut [u8]) -> usize;

    /// Enables the receive interrupt. The caller then checks for received bytes before it halts.
    fn listen();

    /// Whether a byte may have been received since the last call.
    fn take_interrupt() -> bool;
}

/// Emits what only a kernel may define: entry, notes, panic handler, and functions that other crates link to.
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
