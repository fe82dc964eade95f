//! The VM Generation ID: 16 bytes that a hypervisor changes where a machine goes on from a snapshot, or from a copy of itself.
//!
//! Microsoft, "Virtual Machine Generation ID". Where they are is said in AML, of which two forms are known without an interpreter. QEMU's,
//! which libvirt and Proxmox use, too, is a table of its own with one integer, `VGIA`, and they are 40 bytes behind that
//! (docs/specs/vmgenid.rst). Firecracker's is a device in the DSDT, whose `ADDR` has both halves of their address
//! (src/vmm/src/devices/acpi/vmgenid.rs).

use super::acpi::{self, Table};
use super::start_info::StartInfo;
use crate::arch::window;

/// Where the ID is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place(u64);

impl Place {
    /// That of this machine, if it has an ID.
    pub(crate) fn find() -> Option<Self> {
        let told = StartInfo::get().rsdp_address();
        let of_qemu = || Self::of_qemu(acpi::table_named(told, b"SSDT", b"VMGENID")?);
        of_qemu().or_else(|| Self::of_firecracker(acpi::differentiated_description(told)?))
    }

    pub(super) fn of_qemu(table: Table) -> Option<Self> {
        /// A name with an integer of 32 bits (ACPI 6.5, section 20.2).
        const INTEGER: [u8; 6] = *b"\x08VGIA\x0c";
        const OFFSET: u64 = 40;
        let at = table.position(0, INTEGER)?;
        let page: u32 = table.read(at + INTEGER.len() as u64)?;
        // Zero, where firmware has not filled it in.
        (page != 0).then_some(Place(u64::from(page) + OFFSET))
    }

    pub(super) fn of_firecracker(table: Table) -> Option<Self> {
        /// A name with a package, whose length is of one byte.
        const PACKAGE: [u8; 6] = *b"\x08ADDR\x12";
        /// Two elements: an integer of 32 bits, and zero.
        const COUNT_AND_PREFIX: [u8; 2] = [2, 0x0c];
        const ZERO: u8 = 0;
        let device = table.position(0, *b"FCVMGID\0")?;
        let length = table.position(device, PACKAGE)? + PACKAGE.len() as u64;
        let elements: [u8; 2] = table.read(length + 1)?;
        let (low, high): (u32, u8) = (table.read(length + 3)?, table.read(length + 7)?);
        (elements == COUNT_AND_PREFIX && high == ZERO && low != 0).then_some(Place(u64::from(low)))
    }

    /// The ID as it is now.
    pub(crate) fn read(self) -> [u64; 2] {
        window::read(self.0)
    }
}
