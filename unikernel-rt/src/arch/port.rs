//! I/O ports.
//!
//! Reading a port is safe: it changes a register of the processor, and no memory. A device may take a read for an event; none of
//! a PC writes to memory because of it. A write may start a DMA transfer, so it is `unsafe`, or for a port that is known.

use core::marker::PhantomData;
use x86_64::structures::port::{PortRead, PortWrite};

/// A port to which any value may be written.
#[derive(Clone, Copy)]
pub(crate) struct Port<T> {
    number: u16,
    width: PhantomData<fn(T)>,
}

impl<T: PortRead + PortWrite> Port<T> {
    /// The port of a number.
    ///
    /// # Safety
    /// Whatever is written there makes no device touch memory and stops nothing that other code relies on.
    pub(crate) const unsafe fn new(number: u16) -> Self {
        Port { number, width: PhantomData }
    }

    /// Reads it.
    #[inline]
    pub(crate) fn read(self) -> T {
        read(self.number)
    }

    /// Writes to it.
    #[inline]
    pub(crate) fn write(self, value: T) {
        // SAFETY: the promise of `new`.
        unsafe { write(self.number, value) };
    }
}

/// Reads any port; an unused one reads as all ones.
#[inline]
pub(crate) fn read<T: PortRead>(number: u16) -> T {
    // SAFETY: see the head of this file.
    unsafe { T::read_from_port(number) }
}

/// Writes to a port.
///
/// # Safety
/// What its device does because of it is what the caller wants, and changes no memory but what the caller has given it.
#[inline]
pub(crate) unsafe fn write<T: PortWrite>(number: u16, value: T) {
    // SAFETY: the caller's promise.
    unsafe { T::write_to_port(number, value) };
}
