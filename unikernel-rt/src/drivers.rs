//! Drivers: one file for each piece of hardware.

pub(crate) mod uart;
