//! The console: `println!`, formatted writes, input, and where reports go.
//!
//! One file for each kind of device; `several` combines more than one of them, and `linked` connects the application's code to
//! those that it has declared.

pub(crate) mod linked;
mod screen;
mod serial;
mod several;
#[cfg(feature = "async")]
mod task;
mod undeclared;
mod virtio;

pub use linked::print;
pub use screen::Screen;
pub use serial::Serial;
pub use undeclared::Undeclared;
pub use virtio::Virtio;

use crate::interrupts::idle;
use crate::kernel::Boot;
use core::convert::Infallible;
use core::fmt;
use core::marker::PhantomData;

/// The console of the machine: all devices that `console(...)` names, its first serial port where it names none.
///
/// Output goes to each of them, and input comes from any of them. It is text: each line feed is sent after a carriage return, unless it follows
/// one, so that a terminal begins the next line at the left. `console(crlf = false)` sends bytes as they are.
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
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        linked::write(text.as_bytes());
        Ok(())
    }
}

impl embedded_io::ErrorType for Console {
    type Error = Infallible;
}

impl embedded_io::Write for Console {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        linked::write(bytes);
        Ok(bytes.len())
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Infallible> {
        linked::drain();
        Ok(())
    }
}

/// Waits for input with the processor halted. The device buffers unread input: a serial port up to 16 bytes. A hypervisor holds
/// back more; on a real line it is lost.
impl embedded_io::Read for Console {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if !linked::can_receive() {
            linked::listen();
            idle::wait_for(linked::can_receive);
        }
        Ok(linked::receive(buffer))
    }
}

impl embedded_io::ReadReady for Console {
    #[inline]
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(linked::can_receive())
    }
}

/// Returns the console, which boot has initialised.
pub fn attach<K>(_boot: &Boot<K>) -> Console {
    Console { only_attach_makes_one: PhantomData }
}
