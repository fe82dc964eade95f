//! Drivers: one file for each piece of hardware.

pub(crate) mod clock;
pub(crate) mod screen;
pub(crate) mod uart;
pub(crate) mod virtio;
