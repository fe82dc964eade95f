//! The declaration of one kernel by the `#[unikernel(...)]` attribute, as a type.
//!
//! The attribute emits one implementation of [`Kernel`]. The runtime is generic over it, so a kernel's image contains only the
//! instances that its declaration needs, and a host program that links the runtime contains none.

pub(crate) mod arguments;
mod boot;
pub(crate) mod calendar;
pub(crate) mod command_line;
pub(crate) mod constant;
pub(crate) mod declare;
pub(crate) mod exit;
pub(crate) mod fault;
mod features;
pub(crate) mod from_arg;
pub(crate) mod panic;
#[cfg(feature = "std")]
pub(crate) mod program;
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

        $crate::__if_harness!($kernel);

        /// Makes the instance; the linker script keeps what it refers to and drops this reference.
        #[cfg(not(test))]
        #[used]
        #[unsafe(link_section = ".unikernel.entry")]
        static __unikernel_entry: unsafe extern "C" fn() = $crate::__private::entry::<$kernel>;

        #[cfg(not(test))]
        $crate::__memory_functions!();
        #[cfg(not(test))]
        $crate::__if_async! {
            $crate::__critical_section!();
            $crate::__executor!();
            $crate::__embassy_time!();
        }

        #[cfg(not(test))]
        #[used]
        #[unsafe(link_section = ".note.unikernel")]
        static __unikernel_note: $crate::__private::Note<
            { <$kernel as $crate::__private::Kernel>::DECLARATION.encoded_len() },
        > = $crate::__private::Note::new(&<$kernel as $crate::__private::Kernel>::DECLARATION);

        $crate::__storage!($kernel);

        #[cfg(not(test))]
        #[panic_handler]
        fn __unikernel_panic(info: &::core::panic::PanicInfo<'_>) -> ! {
            $crate::__private::panic::<$kernel>(info)
        }
    };
}

/// Emits the storage of a kernel: all that the sample of a documentation has, which is compiled and never linked.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage {
    ($kernel:ty) => {
        impl $crate::__private::Storage for $kernel {
            fn values() -> &'static $crate::__private::Values {
                static VALUES: $crate::__private::Values<
                    [$crate::__private::Given; <$kernel as $crate::__private::Kernel>::DECLARATION.arguments.len()],
                > = $crate::__private::Values::new();
                &VALUES
            }
        }
    };
}

/// In a test harness, which links `std` beside the kernel: refuses to be built. What is only checked, as by `cargo check
/// --all-targets`, Clippy or an editor, is not built: constants of a generic function are evaluated for its instances.
#[doc(hidden)]
#[macro_export]
macro_rules! __if_harness {
    ($kernel:ty) => {
        #[cfg(test)]
        const _: () = {
            struct Harness<K>(::core::marker::PhantomData<K>);

            impl<K> Harness<K> {
                const REFUSED: () = ::core::panic!(
                    "{}",
                    ::core::concat!(
                        "`",
                        ::core::env!("CARGO_BIN_NAME"),
                        "` is a kernel, which cannot be a test harness\nhelp: write this into the Cargo.toml of the package, and move \
                         what is to be tested to its library (src/lib.rs):\n\n[[bin]]\nname = \"",
                        ::core::env!("CARGO_BIN_NAME"),
                        "\"\npath = \"",
                        ::core::file!(),
                        "\"\ntest = false\nbench = false\n"
                    )
                );
            }

            fn refuse<K>() {
                Harness::<K>::REFUSED
            }

            #[used]
            static HARNESS: fn() = refuse::<$kernel>;
        };
    };
}
