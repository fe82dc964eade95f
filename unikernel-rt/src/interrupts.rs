//! Interrupts: vectors, the two kinds of APIC, halting until one arrives, and the power button.

pub(crate) mod idle;
pub(crate) mod io_apic;
pub(crate) mod local_apic;
pub(crate) mod power_button;
pub(crate) mod vector;
