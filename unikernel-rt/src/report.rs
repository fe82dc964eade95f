//! Reports of the runtime itself: one line each on the console, nothing where none is declared.

use crate::arch::power;
use crate::kernel::{Console, Kernel};
use crate::status::Status;
use core::fmt::{self, Write};
use core::marker::PhantomData;
use core::panic::PanicInfo;

/// A kernel's console as a formatter's target.
struct Target<C>(PhantomData<C>);

impl<C: Console> Write for Target<C> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        C::write(text);
        Ok(())
    }
}

/// Writes one line, with the prefix that tells the runtime's words from the application's.
pub(crate) fn report<K: Kernel>(message: fmt::Arguments<'_>) {
    if K::Console::PORT != 0 {
        // The target never fails; a `Display` of the application that does has only cut its own message short.
        let _ = writeln!(Target::<K::Console>(PhantomData), "unikernel: {message}");
    }
}

/// Writes one line, then ends the machine.
pub(crate) fn stop<K: Kernel>(status: Status, message: fmt::Arguments<'_>) -> ! {
    report::<K>(message);
    power::off::<K>(status)
}

/// What the panic handler of every kernel does.
pub fn panic<K: Kernel>(info: &PanicInfo<'_>) -> ! {
    stop::<K>(Status::PANIC, format_args!("{info}"))
}
