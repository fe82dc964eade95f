//! The load table of both stubs: what to load where. An entry of four 32-bit numbers for each segment, then one of zeros.

/// Offset of where the bytes are: from the image's first byte (BIOS), from the kernel's first byte (UEFI).
pub const FROM: usize = 0;

/// Offset of how many bytes to load.
pub const LENGTH: usize = 4;

/// Offset of the physical address to load them to.
pub const TO: usize = 8;

/// Offset of how many bytes must be usable there; 0 ends the table.
pub const MEMORY_SIZE: usize = 12;

/// The length of an entry.
pub const ENTRY_BYTES: usize = 16;
