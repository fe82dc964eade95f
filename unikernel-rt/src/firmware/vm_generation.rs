//! The VM Generation ID: 16 bytes that a hypervisor changes where a machine goes on from a snapshot, or from a copy of itself.
//!
//! Microsoft, "Virtual Machine Generation ID". Where they are is said in AML. Of QEMU's, which libvirt and Proxmox use, too, the place
//! is known without an interpreter: its table has one integer, `VGIA`, and they are 40 bytes behind that (docs/specs/vmgenid.rst).

use super::acpi::{self, Table};
use super::start_info::StartInfo;
use crate::arch::window;

/// Where the ID is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place(u64);

impl Place {
    /// That of this machine, if it has an ID.
    pub(crate) fn find() -> Option<Self> {
        Self::within(acpi::table_named(StartInfo::get().rsdp_address(), b"SSDT", b"VMGENID")?)
    }

    pub(super) fn within(table: Table) -> Option<Self> {
        /// A name with an integer of 32 bits (ACPI 6.5, section 20.2).
        const INTEGER: [u8; 6] = *b"\x08VGIA\x0c";
        const OFFSET: u64 = 40;
        let at = table.position(INTEGER)?;
        let page: u32 = table.read(at + INTEGER.len() as u64)?;
        // Zero, where firmware has not filled it in.
        (page != 0).then_some(Place(u64::from(page) + OFFSET))
    }

    /// The ID as it is now.
    pub(crate) fn read(self) -> [u64; 2] {
        window::read(self.0)
    }
}
