//! The ACPI power management timer: 3,579,545 Hz, at a port that the chipset or the FADT names.
//!
//! ACPI 6.5, sections 4.8.3.3 (the timer) and 5.2.9 (FADT). At the memory floor the firmware has no room for tables, so PCI
//! is asked first.

use crate::arch::pci::Function;
use crate::arch::port;
use crate::firmware::acpi::{self, Table};

/// Its frequency.
pub(crate) const HZ: u64 = 3_579_545;
/// The bits that every such timer has.
pub(crate) const MASK: u32 = 0xff_ffff;

/// Where the timer is in the power management block of PIIX4 and ICH9.
const BLOCK_OFFSET: u16 = 8;

/// A chipset's power management: where it says its I/O base and whether it is on.
struct Chipset {
    function: Function,
    identity: u32,
    enable: (u8, u32),
}

const BASE: u8 = 0x40;
const CHIPSETS: [Chipset; 2] = [
    Chipset { function: Function::new(0, 1, 3), identity: 0x7113_8086, enable: (0x80, 1 << 0) }, // PIIX4
    Chipset { function: Function::new(0, 31, 0), identity: 0x2918_8086, enable: (0x44, 1 << 7) }, // ICH9
];

/// The port of the timer, where there is one.
pub(crate) fn find() -> Option<u16> {
    let by_pci = CHIPSETS.into_iter().find_map(|chipset| {
        let Chipset { function, identity, enable: (register, bit) } = chipset;
        let is_on = function.read(0) == identity && function.read(register) & bit != 0;
        is_on.then(|| (function.read(BASE) as u16 & 0xff80) + BLOCK_OFFSET)
    });
    by_pci.or_else(|| from_fadt(acpi::table(b"FACP")?))
}

fn from_fadt(fadt: Table) -> Option<u16> {
    const BLOCK: u64 = 76;
    const BLOCK_BYTES: u64 = 91;
    let there = fadt.read::<u8>(BLOCK_BYTES)? == 4;
    let port = fadt.read::<u32>(BLOCK)?;
    u16::try_from(port).ok().filter(|port| there && *port != 0)
}

/// Reads the timer at `port`.
pub(crate) fn read(port: u16) -> u32 {
    port::read::<u32>(port) & MASK
}
