//! PCI configuration space by its two ports (PCI Local Bus 3.0, section 3.2.2.3.2, mechanism #1).

use x86_64::instructions::port::Port;

const ADDRESS_PORT: u16 = 0xcf8;
const DATA_PORT: u16 = 0xcfc;

/// A device's function on bus 0.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    /// 0 to 31.
    pub(crate) device: u8,
    /// 0 to 7.
    pub(crate) function: u8,
}

impl Function {
    /// Reads the aligned 32 bits at `offset`; all ones where there is no such function, or no PCI at all.
    pub(crate) fn read(self, offset: u8) -> u32 {
        const ENABLE: u32 = 1 << 31;
        let address = ENABLE | u32::from(self.device) << 11 | u32::from(self.function) << 8 | u32::from(offset & 0xfc);
        // SAFETY: reading configuration space by these ports changes nothing but the address register, which is written
        // anew before each access; without PCI the ports answer all ones.
        unsafe {
            Port::new(ADDRESS_PORT).write(address);
            Port::new(DATA_PORT).read()
        }
    }
}
