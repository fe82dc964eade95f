//! PCI Express on QEMU's microvm: configuration space in memory, and what firmware gives devices elsewhere.
//!
//! `-M microvm,pcie=on` has no ports for configuration space, and no MCFG table that says where it is. Its host bridge stands in AML
//! alone (`_CBA` and `_CRS`, `hw/pci-host/gpex-acpi.c`), and there is no AML interpreter here; but QEMU has always placed it at the
//! same addresses (`PCIE_ECAM_BASE` and `PCIE_MMIO_BASE` in `include/hw/i386/microvm.h`). It is recognised by its identity, which is
//! read there. Memory ends below the window on this machine, and goes on above 4 GiB.
//!
//! Its BIOS gives devices neither addresses nor lines. Bridges are not set up either: devices behind one are not found.
//!
//! PCI Express Base 5.0, section 7.2.2 (configuration space in memory); PCI Local Bus 3.0, section 6.2.5.1 (base addresses).
//! Firecracker and Cloud Hypervisor have configuration space in memory, too; but they have the ports as well, and set the addresses.

use super::{
    BASE_ADDRESSES, ConfigurationSpace, INTERRUPT_LINE, IO, LAST_BASE_ADDRESS, Machine, TYPE, TYPE_64_BITS,
    base_address, functions,
};
use crate::arch::pci::Function;
use crate::arch::window;
use core::ops::{ControlFlow, Range};
use core::sync::atomic::{AtomicBool, Ordering};

/// Where the configuration space of bus 0 begins.
const CONFIGURATION: u64 = 0xe000_0000;
/// What the host bridge gives devices below 4 GiB. What it gives them above depends on the processor, and no driver here needs it.
const WINDOW: Range<u32> = 0xc000_0000..0xe000_0000;
/// "QEMU PCIe Host bridge": `PCI_VENDOR_ID_REDHAT`, `PCI_DEVICE_ID_REDHAT_PCIE_HOST`.
const HOST_BRIDGE: u32 = 0x0008_1b36;

/// Whether configuration space is in memory.
static IS_USED: AtomicBool = AtomicBool::new(false);

/// Uses the host bridge of QEMU's microvm, if there is one, and gives its devices addresses and lines, of which there are four from
/// `first_line` on; whether there is.
pub(crate) fn attach(first_line: u8) -> bool {
    let is_there = window::read::<u32>(CONFIGURATION) == HOST_BRIDGE;
    if is_there {
        IS_USED.store(true, Ordering::Relaxed);
        let mut free = WINDOW;
        functions(&Machine, &mut |function, _| {
            assign(&Machine, function, &mut free);
            assign_line(&Machine, function, first_line);
            ControlFlow::Continue(())
        });
    }
    is_there
}

/// Where the 32 bits are that the ports would show for an address, if configuration space is in memory.
pub(super) fn place(address: u32) -> Option<u64> {
    IS_USED.load(Ordering::Relaxed).then(|| CONFIGURATION + in_memory(address))
}

/// Where they are in it: a function has 4,096 bytes there, of which the ports show the first 256.
const fn in_memory(address: u32) -> u64 {
    ((address & 0xff_ff00) << 4 | address & 0xff) as u64
}

/// Gives a function the addresses that it needs, from the beginning of `free` on. A range that does not fit stays without. One that has
/// an address has it from firmware, which then has given all others theirs: nothing is free any more.
fn assign<S: ConfigurationSpace>(space: &S, function: Function, free: &mut Range<u32>) {
    let mut index = 0;
    while index <= LAST_BASE_ADDRESS {
        let register = BASE_ADDRESSES + 4 * index;
        let kind = space.read(function, register);
        if base_address(space, function, index).is_some() {
            free.end = 0;
        }
        if kind & IO == 0 && free.end != 0 {
            // SAFETY: the function does not answer to addresses, because it has none.
            unsafe { space.write(function, register, u32::MAX) };
            // The bits that choose an address: none where there is no register, or of a range of 4 GiB and more.
            let mask = space.read(function, register) & !0xf;
            let first = free.start.wrapping_add(!mask) & mask;
            let last = first | !mask;
            let is_fitting = first >= free.start && last < free.end;
            if is_fitting {
                free.start = last + 1;
            }
            // SAFETY: as above; and once it does, the range is its own.
            unsafe { space.write(function, register, if is_fitting { first } else { 0 }) };
        }
        index += if kind & (IO | TYPE) == TYPE_64_BITS { 2 } else { 1 };
    }
}

/// Gives a function's pin its line: those of neighbours take turns (`pci_swizzle_map_irq_fn` in `hw/pci/pci.c`).
fn assign_line<S: ConfigurationSpace>(space: &S, function: Function, first_line: u8) {
    const LINES: u8 = 4;
    let value = space.read(function, INTERRUPT_LINE);
    let pin = (value >> 8) as u8;
    let line = first_line + pin.wrapping_add(function.device()).wrapping_sub(1) % LINES;
    // SAFETY: the register is for software to remember.
    unsafe { space.write(function, INTERRUPT_LINE, value & !0xff | u32::from(line)) };
}

#[cfg(test)]
mod tests;
