//! The start info of a PVH loader: command line and memory map.
//!
//! Layout: Xen, `xen/include/public/arch-x86/hvm/start_info.h`. The entry code has mapped
//! the start info itself and the command line, read-only.

use crate::arch::window;
use core::sync::atomic::{AtomicPtr, Ordering};
use core::{mem::offset_of, ptr, slice};
use unikernel_vocabulary::command_line;
use unikernel_vocabulary::contract::{pvh, stub};
use zerocopy::FromBytes;

/// `struct hvm_start_info`, version 1.
#[repr(C)]
pub(crate) struct StartInfo {
    magic: u32,
    version: u32,
    flags: u32,
    module_count: u32,
    /// Where the list of modules is; of none, our UEFI stub has the address of SMBIOS' entry point here.
    modules_address: u64,
    command_line_address: u64,
    rsdp_address: u64,
    memory_map_address: u64,
    memory_map_entries: u32,
    /// Reserved by PVH; our stubs have the identity of the image here.
    identity: u32,
}

/// `struct hvm_memmap_table_entry`.
#[derive(Clone, Copy, FromBytes)]
#[repr(C)]
pub(crate) struct MemoryMapEntry {
    pub(crate) address: u64,
    pub(crate) size_bytes: u64,
    pub(crate) kind: u32,
    pub(crate) reserved: u32,
}

/// More entries than any machine has; what a loader says beyond is not looked at.
const MOST_ENTRIES: u32 = 1024;

/// The kind of a range that is plain memory (as in ACPI's system address map).
pub(crate) const USABLE: u32 = pvh::USABLE;

const ENTRY_BYTES: u64 = size_of::<MemoryMapEntry>() as u64;

// What the entry code and the stubs assume.
const _: () = {
    assert!(size_of::<StartInfo>() == pvh::START_INFO_BYTES);
    assert!(offset_of!(StartInfo, flags) == pvh::FLAGS);
    assert!(offset_of!(StartInfo, identity) == stub::IDENTITY);
    assert!(offset_of!(StartInfo, modules_address) == pvh::MODULES_ADDRESS);
    assert!(offset_of!(StartInfo, command_line_address) == pvh::COMMAND_LINE_ADDRESS);
    assert!(offset_of!(StartInfo, rsdp_address) == pvh::RSDP_ADDRESS);
    assert!(offset_of!(StartInfo, memory_map_address) == pvh::MEMORY_MAP_ADDRESS);
    assert!(offset_of!(StartInfo, memory_map_entries) == pvh::MEMORY_MAP_ENTRIES);
    assert!(size_of::<MemoryMapEntry>() == pvh::MEMORY_MAP_ENTRY_BYTES);
    assert!(offset_of!(MemoryMapEntry, kind) == pvh::MEMORY_MAP_ENTRY_KIND);
};

/// What stands for the start info where boot has set none: no memory, no command line.
static NONE: StartInfo = StartInfo {
    magic: 0,
    version: 0,
    flags: 0,
    module_count: 0,
    modules_address: 0,
    command_line_address: 0,
    rsdp_address: 0,
    memory_map_address: 0,
    memory_map_entries: 0,
    identity: 0,
};

static START_INFO: AtomicPtr<StartInfo> = AtomicPtr::new(ptr::from_ref(&NONE).cast_mut());

impl StartInfo {
    /// Remembers where the loader put the start info.
    ///
    /// # Safety
    /// The entry code has mapped it at this address, and the command line that it names; nobody writes to either any more.
    pub(crate) unsafe fn set(address: *const StartInfo) {
        START_INFO.store(address.cast_mut(), Ordering::Relaxed);
    }

    /// The start info of this boot.
    pub(crate) fn get() -> &'static Self {
        // SAFETY: it is `NONE`, or what boot has set: that stays mapped, and nobody writes there.
        unsafe { &*START_INFO.load(Ordering::Relaxed) }
    }

    /// Whether the machine was booted by a BIOS that shows text.
    pub(crate) fn has_text_screen(&self) -> bool {
        self.flags & stub::TEXT_SCREEN != 0
    }

    /// The identity of the image that the machine was booted from; 0 where a hypervisor has loaded the kernel.
    pub(crate) fn image_identity(&self) -> u32 {
        self.identity
    }

    /// Whether the command line is the image's own, so that it was written before the machine was.
    pub(crate) fn is_of_image(&self) -> bool {
        self.identity != 0
    }

    /// Physical address of SMBIOS' entry point, 0 where the loader names none: our UEFI stub does.
    pub(crate) fn smbios_address(&self) -> u64 {
        if self.is_of_image() && self.module_count == 0 { self.modules_address } else { 0 }
    }

    /// The command line without its terminator; as many bytes as the terminator lets one see, one more than allowed at most.
    pub(crate) fn command_line(&self) -> &'static [u8] {
        let start = self.command_line_address as usize as *const u8;
        if start.is_null() {
            return &[];
        }
        let mut length = 0;
        // SAFETY: the entry code has mapped `MAX_BYTES + 1` bytes from here, read-only, and they stay mapped.
        while length <= command_line::MAX_BYTES && unsafe { start.add(length).read() } != 0 {
            length += 1;
        }
        // SAFETY: as above; nobody writes there.
        unsafe { slice::from_raw_parts(start, length) }
    }

    /// The entries of the memory map, by the window: QEMU's loader has them in page 0, which is never mapped.
    pub(crate) fn memory_map(&self) -> impl Iterator<Item = MemoryMapEntry> {
        let first = self.memory_map_address;
        let entries = self.memory_map_entries.min(MOST_ENTRIES);
        (0..u64::from(entries)).map(move |index| window::read(first.wrapping_add(index * ENTRY_BYTES)))
    }

    /// Physical address of the ACPI root pointer, 0 where the loader names none.
    pub(crate) fn rsdp_address(&self) -> u64 {
        self.rsdp_address
    }
}
