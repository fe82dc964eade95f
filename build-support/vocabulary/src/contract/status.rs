//! Exit statuses of a kernel.

/// `main` returned without an error.
pub const SUCCESS: u8 = 0;

/// `main` returned an error.
pub const FAILURE: u8 = 1;

/// The highest status that an application may choose; those above it are the runtime's.
pub const APPLICATION_MAX: u8 = 99;

/// A panic.
pub const PANIC: u8 = 101;

/// An exception of the processor.
pub const FAULT: u8 = 102;

/// A boot argument that is missing, unknown or wrong.
pub const ARGUMENT: u8 = 103;

/// A declared device that the machine does not have.
pub const DEVICE_MISSING: u8 = 104;
