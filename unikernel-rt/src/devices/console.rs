//! The console: `println!`, formatted writes, and where reports go.

#[cfg(feature = "async")]
mod task;

use crate::drivers::uart;
use crate::kernel;
use crate::kernel::Boot;
use core::convert::Infallible;
use core::fmt;
use core::marker::PhantomData;

/// The console of the machine, its first serial port.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # fn example(mut console: Console) {
/// use core::fmt::Write;
/// writeln!(console, "ready").unwrap();
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Console {
    only_attach_makes_one: PhantomData<()>,
}

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        uart::send(text.as_bytes());
        Ok(())
    }
}

impl embedded_io::ErrorType for Console {
    type Error = Infallible;
}

impl embedded_io::Write for Console {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        uart::send(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        uart::drain();
        Ok(())
    }
}

/// Waits for input with the processor halted. Input that nobody reads is kept in the device, up to 16 bytes; more is held back
/// by a hypervisor, and lost on a real line.
impl embedded_io::Read for Console {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        if buffer.is_empty() {
            return Ok(0);
        }
        uart::wait_to_receive();
        Ok(uart::receive(buffer))
    }
}

impl embedded_io::ReadReady for Console {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(uart::can_receive())
    }
}

/// Hands the console out; boot has initialised it.
pub fn attach<K>(_boot: &Boot<K>) -> Console {
    Console { only_attach_makes_one: PhantomData }
}

/// A declared console: COM1.
#[derive(Debug)]
pub enum Serial {}

impl kernel::Console for Serial {
    const PORT: u16 = uart::COM1;

    fn attach() -> bool {
        uart::attach()
    }

    fn write(bytes: &[u8]) {
        uart::send(bytes);
    }

    fn drain() {
        uart::drain();
    }
}

#[cfg(feature = "log")]
impl kernel::Declared for Serial {}

/// No console: reports are the exit status alone.
#[derive(Debug)]
pub enum Undeclared {}

impl kernel::Console for Undeclared {
    const PORT: u16 = 0;

    fn attach() -> bool {
        true
    }

    fn write(_bytes: &[u8]) {}

    fn drain() {}
}

#[allow(unsafe_code, reason = "a symbol of the expansion, whose name is the link error without one")]
unsafe extern "Rust" {
    /// Defined where a console is declared; its name is the link error where none is.
    safe fn __unikernel_declare_console_to_use_println(text: &str);
}

/// What `print!` and `println!` call.
#[inline]
pub fn print(text: fmt::Arguments<'_>) {
    struct Declared;
    impl fmt::Write for Declared {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            __unikernel_declare_console_to_use_println(text);
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

/// Emitted where a console is declared: defines what `println!` links to.
#[doc(hidden)]
#[macro_export]
macro_rules! __console {
    ($kernel:ty) => {
        #[unsafe(no_mangle)]
        fn __unikernel_declare_console_to_use_println(text: &str) {
            <<$kernel as $crate::__private::Kernel>::Console as $crate::__private::console::Sink>::write(
                text.as_bytes(),
            )
        }
    };
}
