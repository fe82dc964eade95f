//! How an application reaches its consoles: functions that the attribute defines where a console is declared.
//!
//! The type `Console` is the same in every kernel, and which devices are behind it is known where the kernel is compiled. A
//! table of functions in the handle would link all of them; a function that nobody calls is not linked.

use core::fmt;

/// Defines the functions for the kernel, and declares them here. Each calls one of [`crate::kernel::Console`].
macro_rules! functions {
    ($($(#[$attribute:meta])* $name:ident: $method:ident($($argument:ident: $type:ty)?) $(-> $output:ty)?;)*) => {
        #[expect(unsafe_code, reason = "symbols that the expansion defines, each with this signature")]
        unsafe extern "Rust" {
            $(safe fn $name($($argument: $type)?) $(-> $output)?;)*
        }

        $($(#[$attribute])*
        #[inline]
        pub(super) fn $method($($argument: $type)?) $(-> $output)? {
            $name($($argument)?)
        })*
    };
}

functions! {
    // Its name is the link error where no console is declared.
    __unikernel_declare_console_to_use_println: write(bytes: &[u8]);
    __unikernel_console_drain: drain();
    __unikernel_console_can_receive: can_receive() -> bool;
    __unikernel_console_receive: receive(buffer: &mut [u8]) -> usize;
    __unikernel_console_listen: listen();
    #[cfg(feature = "async")]
    __unikernel_console_take_interrupt: take_interrupt() -> bool;
}

/// Emitted where a console is declared: defines what is declared above. The linker drops what nobody calls, but after the
/// optimiser has kept what it refers to: where `main` takes no handle, what only a handle calls is not even defined.
#[doc(hidden)]
#[macro_export]
macro_rules! __console {
    ($kernel:ty) => {
        $crate::__console! { $kernel: __unikernel_declare_console_to_use_println: write(bytes: &[u8]); }
    };
    ($kernel:ty, handle) => {
        $crate::__console! { $kernel:
            __unikernel_declare_console_to_use_println: write(bytes: &[u8]);
            __unikernel_console_drain: drain();
            __unikernel_console_can_receive: can_receive() -> bool;
            __unikernel_console_receive: receive(buffer: &mut [u8]) -> usize;
            __unikernel_console_listen: listen();
            __unikernel_console_take_interrupt: take_interrupt() -> bool;
        }
    };
    ($kernel:ty: $($name:ident: $method:ident($($argument:ident: $type:ty)?) $(-> $output:ty)?;)*) => {
        $(#[unsafe(no_mangle)]
        fn $name($($argument: $type)?) $(-> $output)? {
            <<$kernel as $crate::__private::Kernel>::Console as $crate::__private::console::Sink>::$method($($argument)?)
        })*
    };
}

/// What `print!` and `println!` call.
#[inline]
pub fn print(text: fmt::Arguments<'_>) {
    struct Declared;
    impl fmt::Write for Declared {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            write(text.as_bytes());
            Ok(())
        }
    }
    // The console never fails; a `Display` that does has only cut its own text short.
    let _ = match text.as_str() {
        Some(text) => fmt::Write::write_str(&mut Declared, text),
        None => fmt::write(&mut Declared, text),
    };
}

/// Prints to the console, which the application must have declared.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => { $crate::__private::console::print(::core::format_args!($($argument)*)) };
}

/// Prints a line to the console, which the application must have declared.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($($argument:tt)*) => { $crate::__private::console::print(::core::format_args!("{}\n", ::core::format_args!($($argument)*))) };
}
