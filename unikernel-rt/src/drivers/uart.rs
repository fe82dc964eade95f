//! The first serial port, a 16550 UART at COM1.
//!
//! The driver's state is the device's alone, so none is kept: a report of a fault in the middle of a write needs no lock.
//!
//! Received bytes wait in the device's FIFO of 16 until they are read. What comes while it is full is held back by a hypervisor;
//! on a real line the bytes that come last are lost.

use crate::arch::port;
use crate::interrupts::io_apic::{self, Trigger};
use crate::interrupts::vector::{self, Vector};
use crate::kernel::exit::device_missing;
use core::hint::spin_loop;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
use uart_16550::backend::PioBackend;
use uart_16550::spec::registers::{IER, LSR};
use uart_16550::{BaudRate, Config, Uart16550};

/// The first of COM1's eight ports.
pub(crate) use unikernel_vocabulary::contract::ports::COM1;

#[inline(always)] // where the port is not known to be a constant, there is code for ports that overflow, which panics
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

/// Sends all of `text`, each line feed after a carriage return. Every kernel with a console carries this code: it is
/// [`line_ends`](super::line_ends) byte by byte.
pub(crate) fn send_text(text: &[u8]) {
    /// The last byte; nothing depends on it but the look of a line.
    static LAST: AtomicU8 = AtomicU8::new(0);
    let mut last = LAST.load(Relaxed);
    let mut room = 0;
    for byte in text {
        if *byte == b'\n' && last != b'\r' {
            room = put(b'\r', room);
        }
        room = put(*byte, room);
        last = *byte;
    }
    LAST.store(last, Relaxed);
}

/// Sends a byte to the transmitter, which has so much room; returns the room that is left.
#[inline(never)]
fn put(byte: u8, mut room: u8) -> u8 {
    const FIFO_BYTES: u8 = 16;
    if room == 0 {
        while !com1().lsr().contains(LSR::THR_EMPTY) {
            spin_loop();
        }
        room = FIFO_BYTES;
    }
    // SAFETY: the port is the data register of COM1, which is the console's.
    #[expect(unsafe_code, reason = "a register of the device")]
    unsafe {
        port::write(COM1, byte);
    }
    room.wrapping_sub(1)
}

/// Sends all of `bytes`, as fast as the device takes them.
pub(crate) fn send(bytes: &[u8]) {
    com1().send_bytes_exact(bytes);
}

/// Whether a byte has been received.
pub(crate) fn can_receive() -> bool {
    com1().ready_to_receive().is_ok()
}

/// Takes received bytes in order, as many as fit.
pub(crate) fn receive(buffer: &mut [u8]) -> usize {
    com1().receive_bytes(buffer)
}

/// Lets the receiver interrupt from now on, as [`Vector::SERIAL`].
///
/// To be followed by a look whether a byte is there, then by a halt. A byte that comes after that look leaves its interrupt
/// pending, which ends the halt; the FIFO was empty at the look, so that the byte is an edge of the line.
///
/// Stops the machine where it has no I/O APIC: the interrupt could not be delivered, and there is no polling.
pub(crate) fn listen() {
    /// COM1's line of the ISA bus.
    const LINE: u32 = 4;
    if com1().ier().contains(IER::DATA_READY) {
        return;
    }
    vector::claim::<{ Vector::SERIAL.number() }>();
    if io_apic::route(LINE, Vector::SERIAL, Trigger::Edge).is_err() {
        device_missing("console: this machine has no I/O APIC, and input needs its interrupt");
    }
    com1().enable_interrupts(IER::DATA_READY);
}
