//! ACPI tables, read where they lie: RSDP, root table, FADT. No AML.
//!
//! ACPI 6.5, sections 5.2.5 (RSDP), 5.2.6 (header), 5.2.7 (RSDT), 5.2.8 (XSDT) and 5.2.9 (FADT). Lengths and checksums are
//! verified before anything in a table is believed.

#[cfg(test)]
mod tests;

use super::start_info::StartInfo;
use crate::arch::window;
use zerocopy::FromBytes;

/// Longest table that is read; a damaged length must not lead far.
const MAX_TABLE_BYTES: u32 = 64 * 1024;
const HEADER_BYTES: u64 = 36;

/// No processor has an address beyond (Intel SDM volume 3, section 5.1.4), and no table is near it.
const ADDRESSES_END: u64 = 1 << 52;

/// A table whose length and checksum are right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Table {
    address: u64,
    length: u32,
}

impl Table {
    /// The first place of bytes from `start` on, behind the header.
    pub(super) fn position<const N: usize>(self, start: u64, bytes: [u8; N]) -> Option<u64> {
        (start.max(HEADER_BYTES)..u64::from(self.length)).find(|at| self.read(*at) == Some(bytes))
    }

    /// The `T` at `offset`, if the table is long enough to hold it.
    pub(crate) fn read<T: FromBytes>(self, offset: u64) -> Option<T> {
        (offset + size_of::<T>() as u64 <= u64::from(self.length)).then(|| window::read(self.address + offset))
    }

    fn verified(address: u64) -> Option<Self> {
        if address >= ADDRESSES_END {
            return None;
        }
        let length: u32 = window::read(address + 4);
        let plausible = (HEADER_BYTES as u32..=MAX_TABLE_BYTES).contains(&length);
        (plausible && checksum(address, length) == 0).then_some(Table { address, length })
    }
}

/// The generic address structure (ACPI 6.5, section 5.2.3.2), as far as it is used here.
pub(crate) struct Register {
    pub(super) in_memory: bool,
    pub(super) address: u64,
}

/// Looks `signature` up in the root table.
pub(crate) fn table(signature: &[u8; 4]) -> Option<Table> {
    find(root_pointer(StartInfo::get().rsdp_address())?, signature, |_| true)
}

/// Looks up the table with this signature that its maker calls `name`; `told` is the start info's word for the RSDP.
pub(super) fn table_named(told: u64, signature: &[u8; 4], name: &[u8; 7]) -> Option<Table> {
    const OEM_TABLE_ID: u64 = 16;
    let is_named = |address| window::read::<[u8; 7]>(address + OEM_TABLE_ID) == *name;
    find(root_pointer(told)?, signature, is_named)
}

/// The description of the machine's devices, which the FADT names (section 5.2.11.1); `told` as above.
pub(super) fn differentiated_description(told: u64) -> Option<Table> {
    const X_DSDT: u64 = 140;
    let fadt = find(root_pointer(told)?, b"FACP", |_| true)?;
    let address: u64 = fadt.read(X_DSDT)?;
    let is_there = window::read::<[u8; 4]>(address) == *b"DSDT";
    if is_there { Table::verified(address) } else { None }
}

/// Looks up the table with this signature that `suits` in the root table that the RSDP names.
fn find(rsdp: u64, signature: &[u8; 4], suits: impl Fn(u64) -> bool) -> Option<Table> {
    let revision: u8 = window::read(rsdp + 15);
    let (root, entry_bytes) = if revision >= 2 {
        (window::read::<u64>(rsdp + 24), 8)
    } else {
        (u64::from(window::read::<u32>(rsdp + 16)), 4)
    };
    let root = Table::verified(root)?;
    let entries = (u64::from(root.length) - HEADER_BYTES) / entry_bytes;
    for index in 0..entries {
        let offset = HEADER_BYTES + index * entry_bytes;
        let address = if entry_bytes == 8 { root.read::<u64>(offset)? } else { u64::from(root.read::<u32>(offset)?) };
        if address < ADDRESSES_END && window::read::<[u8; 4]>(address) == *signature && suits(address) {
            return Table::verified(address);
        }
    }
    None
}

/// Whether the platform says that it has none of the PC's fixed hardware: QEMU's microvm does.
pub(crate) fn is_hardware_reduced() -> bool {
    const FLAGS: u64 = 112;
    const HARDWARE_REDUCED: u32 = 1 << 20;
    let flags = table(b"FACP").and_then(|fadt| fadt.read::<u32>(FLAGS));
    flags.is_some_and(|flags| flags & HARDWARE_REDUCED != 0)
}

/// The generic event device of QEMU's microvm: the selector of its events.
///
/// Its place is in AML alone, but fixed: 512 bytes before the sleep control register, which the FADT names.
pub(crate) fn qemu_event_device() -> Option<u64> {
    const OEM: u64 = 10;
    const SELECTOR: u64 = 0xfea0_0000;
    const SLEEP_CONTROL_BEHIND: u64 = 0x200;
    let fadt = table(b"FACP")?;
    let is_qemus = fadt.read::<[u8; 6]>(OEM)? == *b"BOCHS ";
    let sleep_control = register(fadt, SLEEP_CONTROL)?;
    let is_there = sleep_control.in_memory && sleep_control.address == SELECTOR + SLEEP_CONTROL_BEHIND;
    (is_qemus && is_there).then_some(SELECTOR)
}

/// Of the FADT: where the sleep control register of a hardware-reduced platform is.
pub(super) const SLEEP_CONTROL: u64 = 244;
/// Of the FADT: the port of PM1a control.
pub(super) const PM1A_CONTROL: u64 = 64;

/// The register that the generic address structure at `offset` names, unless it names none.
pub(crate) fn register(table: Table, offset: u64) -> Option<Register> {
    const SYSTEM_MEMORY: u8 = 0;
    let in_memory = table.read::<u8>(offset)? == SYSTEM_MEMORY;
    let address: u64 = table.read(offset + 4)?;
    (address != 0).then_some(Register { in_memory, address })
}

/// Where the RSDP is: the start info's word for it, `told`, else the BIOS' memory, in which it lies at a multiple of 16.
fn root_pointer(told: u64) -> Option<u64> {
    const BIOS: core::ops::Range<u64> = 0xe_0000..0x10_0000;
    let valid = |address: &u64| {
        let is_named = *address < ADDRESSES_END && window::read::<[u8; 8]>(*address) == *b"RSD PTR ";
        is_named && checksum(*address, 20) == 0
    };
    if told != 0 { Some(told).filter(valid) } else { BIOS.step_by(16).find(valid) }
}

fn checksum(address: u64, length: u32) -> u8 {
    (0..u64::from(length)).fold(0, |sum: u8, offset| sum.wrapping_add(window::read(address + offset)))
}
