//! The link from an application to its consoles: functions that the attribute defines where a console is declared.
//!
//! The type `Console` is the same in every kernel; the devices behind it are known when the kernel is compiled. A table of
//! function pointers in the handle would link all functions; this way unused ones are not linked.

use core::fmt;

/// Defines the functions for the kernel, and declares them here. Each calls one of [`crate::kernel::Console`].
macro_rules! functions {
    ($($(#[$attribute:meta])* $name:ident: $method:ident($($argument:ident: $type:ty)?) $(-> $output:ty)?;)*) => {
        #[expect(unsafe_code, reason = "the attribute defines these functions, with these signatures")]
        unsafe extern "Rust" {
            $(safe fn $name($($argument: $type)?) $(-> $output)?;)*
        }

        /// Tests on the host have a console that takes everything, and from which nothing comes.
        #[cfg(test)]
        #[expect(unsafe_code, reason = "in place of the attribute")]
        mod of_tests {
            $($(#[$attribute])*
            #[unsafe(no_mangle)]
            fn $name($(_: $type)?) $(-> $output)? {
                Default::default()
            })*
        }

        $($(#[$attribute])*
        #[inline]
        pub(crate) fn $method($($argument: $type)?) $(-> $output)? {
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
    #[cfg(any(feature = "async", all(feature = "std", any(unikernel, test))))]
    __unikernel_console_take_interrupt: take_interrupt() -> bool;
}

/// Emitted where a console is declared: defines the functions declared above. The linker drops unused ones, but only after the
/// optimiser has kept what they refer to. So functions that only a handle calls are not defined where `main` takes no handle.
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

/// Called by `print!` and `println!`.
#[inline]
pub fn print(text: fmt::Arguments<'_>) {
    struct Declared;
    impl fmt::Write for Declared {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            write(text.as_bytes());
            Ok(())
        }
    }
    // The console never fails. A `Display` that fails only truncates its own text.
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
