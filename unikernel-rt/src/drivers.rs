//! Drivers: one file for each piece of hardware.

pub(crate) mod clock;
pub(crate) mod line_ends;
pub(crate) mod screen;
#[allow(unsafe_code, reason = "the ports of the UART")]
pub(crate) mod uart;
pub(crate) mod virtio;
