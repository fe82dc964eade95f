//! The first serial port, a 16550 UART at COM1.
//!
//! The driver's state is the device's alone, so none is kept: a report of a fault in the middle of a write needs no lock.

use core::hint::spin_loop;
use uart_16550::backend::PioBackend;
use uart_16550::spec::registers::LSR;
use uart_16550::{BaudRate, Config, Uart16550};

/// The first of COM1's eight ports.
pub(crate) const COM1: u16 = 0x3f8;

fn com1() -> Uart16550<PioBackend> {
    // SAFETY: COM1 is the console's, and the console is declared where this is reached. Every value for it is the same.
    match unsafe { Uart16550::new_port(COM1) } {
        Ok(uart) => uart,
        Err(_) => unreachable!(),
    }
}

/// Initialises the device: 115,200 baud, 8N1, FIFO on, interrupts off; whether it is there.
pub(crate) fn attach() -> bool {
    let config = Config { baud_rate: BaudRate::Baud115200, ..Config::DEFAULT };
    com1().init(config).is_ok()
}

/// Waits until the last byte has left the transmitter: to switch off before would lose it.
pub(crate) fn drain() {
    while !com1().lsr().contains(LSR::TRANSMITTER_EMPTY) {
        spin_loop();
    }
}

/// Sends all of `bytes`, as fast as the device takes them.
pub(crate) fn send(bytes: &[u8]) {
    com1().send_bytes_exact(bytes);
}
