//! PCI configuration space by its two ports (PCI Local Bus 3.0, section 3.2.2.3.2, mechanism #1).

use super::port;

pub(crate) const ADDRESS_PORT: u16 = 0xcf8;
pub(crate) const DATA_PORT: u16 = 0xcfc;

/// A function of a device: its address in configuration space, as the address register has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Function(u32);

impl Function {
    /// A function (0 to 7) of a device (0 to 31) on a bus: 0 is that of the processor; the others are behind bridges.
    pub(crate) const fn new(bus: u8, device: u8, function: u8) -> Self {
        Function((bus as u32) << 16 | (device as u32 & 31) << 11 | (function as u32 & 7) << 8)
    }

    /// The bus.
    pub(crate) const fn bus(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// The device on the bus.
    pub(crate) const fn device(self) -> u8 {
        (self.0 >> 11) as u8 & 31
    }

    /// The function of the device.
    pub(crate) const fn function(self) -> u8 {
        (self.0 >> 8) as u8 & 7
    }

    /// Reads the aligned 32 bits at `offset`; all ones where there is no such function, or no PCI at all.
    pub(crate) fn read(self, offset: u8) -> u32 {
        read(self.address(offset))
    }

    /// What the address register holds for the aligned 32 bits at `offset`.
    pub(crate) const fn address(self, offset: u8) -> u32 {
        const ENABLE: u32 = 1 << 31;
        ENABLE | self.0 | (offset & 0xfc) as u32
    }
}

/// Reads the 32 bits at an [address](Function::address).
pub(crate) fn read(address: u32) -> u32 {
    select(address);
    port::read(DATA_PORT)
}

/// Writes the 32 bits at an [address](Function::address).
///
/// # Safety
/// The function is the caller's. It does not answer to an address that is memory's afterwards; and where it may master the
/// bus, it has been told of no memory but what was given to it.
pub(crate) unsafe fn write(address: u32, value: u32) {
    select(address);
    // SAFETY: the caller's promise.
    unsafe { port::write(DATA_PORT, value) };
}

/// Selects what the data port shows.
fn select(address: u32) {
    // SAFETY: the address register alone changes, which is written anew before each access; without PCI it is nobody's.
    unsafe { port::write(ADDRESS_PORT, address) };
}
