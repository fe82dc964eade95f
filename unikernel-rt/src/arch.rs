//! The processor: boot, descriptor tables, exceptions, idling, power-off.
//!
//! With the raw drivers and the DMA file, the only place where the runtime is `unsafe`.

pub(crate) mod acpi;
pub(crate) mod boot;
pub(crate) mod cpu;
#[cfg(feature = "async")]
pub(crate) mod critical_section;
pub(crate) mod descriptors;
pub(crate) mod exceptions;
pub(crate) mod idle;
pub(crate) mod interrupts;
pub(crate) mod local_apic;
pub(crate) mod memory_functions;
pub(crate) mod pci;
pub(crate) mod power;
pub(crate) mod power_button;
pub(crate) mod random;
pub(crate) mod random_functions;
pub(crate) mod stack;
pub(crate) mod statics;
pub(crate) mod window;
