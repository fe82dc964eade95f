//! What the runtime and the tools agree on besides the declaration: numbers, names and formats, each typed once.
//!
//! The runtime writes or performs what a module describes, its assembly takes the same constants as `const` operands, and the
//! tools read it back.
//!
//! - [`status`]: exit statuses, [`ports`]: the I/O ports that carry them
//! - [`report`]: the lines of a crash report that tools parse, [`fnv1a`]: the hash that identifies an image
//! - [`elf`]: names of sections and symbols, [`pvh`]: the boot protocol
//! - [`bios_stub`], [`uefi_stub`], [`load_table`]: the stubs of an ISO, which the writer completes, [`stub`]: what they tell a kernel

pub mod bios_stub;
pub mod elf;
pub mod fnv1a;
pub mod load_table;
pub mod ports;
pub mod pvh;
pub mod report;
pub mod status;
pub mod stub;
pub mod uefi_stub;
