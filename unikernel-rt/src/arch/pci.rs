//! PCI configuration space by its two ports (PCI Local Bus 3.0, section 3.2.2.3.2, mechanism #1).

use x86_64::instructions::port::Port;

const ADDRESS_PORT: u16 = 0xcf8;
const DATA_PORT: u16 = 0xcfc;

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
        // SAFETY: reading configuration space by these ports changes nothing but the address register, which is written
        // anew before each access; without PCI the ports answer all ones.
        unsafe {
            Port::new(ADDRESS_PORT).write(self.address(offset));
            Port::new(DATA_PORT).read()
        }
    }

    /// Writes the aligned 32 bits at `offset`, of a function that its driver has claimed.
    pub(crate) fn write(self, offset: u8, value: u32) {
        // SAFETY: drivers write to the function that they have claimed alone, and no base address: where its registers are
        // does not change, and memory is read and written by the device only where the driver tells it to.
        unsafe {
            Port::new(ADDRESS_PORT).write(self.address(offset));
            Port::new(DATA_PORT).write(value);
        }
    }

    fn address(self, offset: u8) -> u32 {
        const ENABLE: u32 = 1 << 31;
        let function =
            u32::from(self.bus) << 16 | u32::from(self.device & 31) << 11 | u32::from(self.function & 7) << 8;
        ENABLE | function | u32::from(offset & 0xfc)
    }
}
