//! `console(serial)`, and plain `console`: the first serial port.

use crate::drivers::uart;
use crate::interrupts::vector::Vector;
use crate::kernel::{Boot, Console, Kernel};

/// The first serial port, COM1. `CRLF`: whether a line feed is sent after a carriage return.
#[derive(Debug)]
pub enum Serial<const CRLF: bool = true> {}

impl<const CRLF: bool> Console for Serial<CRLF> {
    const PORT: u16 = uart::COM1;
    const MISSING: &'static str = "the machine has no first serial port";

    fn attach<K: Kernel>(_boot: &Boot<K>) -> bool {
        uart::attach()
    }

    fn write(bytes: &[u8]) {
        if CRLF { uart::send_text(bytes) } else { uart::send(bytes) }
    }

    fn drain() {
        uart::drain();
    }

    fn can_receive() -> bool {
        uart::can_receive()
    }

    fn receive(buffer: &mut [u8]) -> usize {
        uart::receive(buffer)
    }

    fn listen() {
        uart::listen();
    }

    fn take_interrupt() -> bool {
        Vector::SERIAL.take()
    }
}
