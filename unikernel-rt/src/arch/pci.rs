//! PCI configuration space by its two ports (PCI Local Bus 3.0, section 3.2.2.3.2, mechanism #1).

use super::port;

pub(crate) const ADDRESS_PORT: u16 = 0xcf8;
pub(crate) const DATA_PORT: u16 = 0xcfc;

/// A function of a device: its address in configuration space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Function {
    /// 0 is the bus of the processor; the others are behind bridges.
    pub(crate) bus: u8,
    /// 0 to 31.
    pub(crate) device: u8,
    /// 0 to 7.
    pub(crate) function: u8,
}

impl Function {
    /// Reads the aligned 32 bits at `offset`; all ones where there is no such function, or no PCI at all.
    pub(crate) fn read(self, offset: u8) -> u32 {
        self.select(offset);
        port::read(DATA_PORT)
    }

    /// Writes the aligned 32 bits at `offset`.
    ///
    /// # Safety
    /// The function is the caller's. It does not answer to an address that is memory's afterwards; and where it may master the
    /// bus, it has been told of no memory but what was given to it.
    pub(crate) unsafe fn write(self, offset: u8, value: u32) {
        self.select(offset);
        // SAFETY: the caller's promise.
        unsafe { port::write(DATA_PORT, value) };
    }

    /// Selects what the data port shows.
    fn select(self, offset: u8) {
        // SAFETY: the address register alone changes, which is written anew before each access; without PCI it is nobody's.
        unsafe { port::write(ADDRESS_PORT, self.address(offset)) };
    }

    /// What the address register holds for the aligned 32 bits at `offset`.
    pub(crate) const fn address(self, offset: u8) -> u32 {
        const ENABLE: u32 = 1 << 31;
        let function = (self.bus as u32) << 16 | (self.device as u32 & 31) << 11 | (self.function as u32 & 7) << 8;
        ENABLE | function | (offset & 0xfc) as u32
    }
}
