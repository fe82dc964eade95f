//! The BIOS stub: `boot/bios.S` of the runtime, which the first sectors of an ISO hold.
//!
//! The stub ends with a header: a PVH start info that is filled in as far as the stub knows it, then what the writer of the image
//! fills in: the image's [identity](super::stub), the kernel's entry, the load table, the command line.

/// Where the first byte of the image is in memory, and behind it all that the stub loads.
pub const LOADED_AT: u32 = 0x7c00;

/// The bytes that an MBR has for code; behind them come the disk signature, the partitions and the magic number.
pub const MBR_CODE_BYTES: usize = 440;

/// Where the code goes on that the stub has to load itself.
pub const SECOND_STAGE: usize = 512;

/// Where the header is in the image.
pub const HEADER: usize = 2048;

/// Where the command line is in the image.
pub const COMMAND_LINE: usize = 4096;

/// Where that part of the image ends.
pub const END: usize = 8192;

/// Offset in the header of the kernel's PVH entry, the first half of a far pointer.
pub const ENTRY: usize = 56;

/// Offset of the layout's version.
pub const LAYOUT_VERSION_AT: usize = 62;

/// The version of this layout.
pub const LAYOUT_VERSION: u16 = 3;

/// Offset of the [load table](super::load_table), and the length of the header without it.
pub const LOAD_TABLE: usize = 64;
