//! Drivers: one file for each piece of hardware.

pub(crate) mod hpet;
pub(crate) mod io_apic;
pub(crate) mod pit;
pub(crate) mod pm_timer;
pub(crate) mod pvclock;
pub(crate) mod rtc;
pub(crate) mod tsc;
pub(crate) mod uart;
pub(crate) mod virtio;
