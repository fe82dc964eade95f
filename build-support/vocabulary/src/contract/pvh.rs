//! The boot protocol PVH: its ELF note, and the offsets in what a loader hands over.
//!
//! Xen, "x86/HVM direct boot ABI", <https://xenbits.xen.org/docs/unstable/misc/pvh.html>, and
//! `xen/include/public/arch-x86/hvm/start_info.h`.

/// The owner of the note, as it stands in the ELF.
pub const NOTE_OWNER: &[u8; 4] = b"Xen\0";

/// The type of the note, `XEN_ELFNOTE_PHYS32_ENTRY`.
pub const NOTE_TYPE: u32 = 18;

/// The first field of `struct hvm_start_info`.
pub const START_INFO_MAGIC: u32 = 0x336e_c578;

/// The version of the structure that the stubs hand over: the first one with a memory map.
pub const START_INFO_VERSION: u32 = 1;

/// The length of version 1.
pub const START_INFO_BYTES: usize = 56;

/// Offset of the flags.
pub const FLAGS: usize = 8;

/// Offset of the address of the list of modules.
pub const MODULES_ADDRESS: usize = 16;

/// Offset of the command line's address.
pub const COMMAND_LINE_ADDRESS: usize = 24;

/// Offset of the address of the ACPI root pointer.
pub const RSDP_ADDRESS: usize = 32;

/// Offset of the memory map's address.
pub const MEMORY_MAP_ADDRESS: usize = 40;

/// Offset of the number of its entries.
pub const MEMORY_MAP_ENTRIES: usize = 48;

/// The length of `struct hvm_memmap_table_entry`.
pub const MEMORY_MAP_ENTRY_BYTES: usize = 24;

/// Offset of the kind of a range in it.
pub const MEMORY_MAP_ENTRY_KIND: usize = 16;

/// The kind of a range that is usable memory (ACPI 6.5, section 15).
pub const USABLE: u32 = 1;

/// The kind of a range that is not.
pub const RESERVED: u32 = 2;
