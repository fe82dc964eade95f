//! The UEFI stub: `boot/uefi.S` of the runtime, the code of the PE file that a firmware starts.
//!
//! As with the [BIOS stub](super::bios_stub), the stub ends with a header that the writer of the image completes.

/// Where the header is, from the stub's first byte on.
pub const HEADER: usize = 1536;

/// Where the kernel is in memory, from the stub's first byte on; in the file it lies closer.
pub const KERNEL: usize = 0x2000;

/// Offset in the header of the kernel's PVH entry.
pub const ENTRY: usize = 56;

/// Offset of the layout's version.
pub const LAYOUT_VERSION_AT: usize = 62;

/// The version of this layout.
pub const LAYOUT_VERSION: u16 = 3;

/// Offset of the [load table](super::load_table).
pub const LOAD_TABLE: usize = 192;

/// Offset of the command line.
pub const COMMAND_LINE: usize = 2048;

/// The length of the header with all that the writer fills in.
pub const HEADER_BYTES: usize = 6144;
