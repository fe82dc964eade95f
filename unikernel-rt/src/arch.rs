//! The processor: descriptor tables, exceptions, interrupts, protections, I/O ports, windows on physical memory.
//!
//! Besides the raw drivers and the DMA file, the only `unsafe` part of the runtime.

#[cfg(all(feature = "std", any(unikernel, test)))]
pub(crate) mod context;
pub(crate) mod cpu;
#[cfg(all(feature = "std", any(unikernel, test)))]
pub(crate) mod demand;
pub(crate) mod descriptors;
pub(crate) mod exceptions;
pub(crate) mod image;
pub(crate) mod instruction_sets;
pub(crate) mod interrupts;
pub(crate) mod local_apic;
pub(crate) mod memory_functions;
pub(crate) mod pci;
pub(crate) mod pit;
pub(crate) mod port;
pub(crate) mod random;
pub(crate) mod stack;
#[cfg(all(feature = "std", any(unikernel, test)))]
pub(crate) mod variadic;
pub(crate) mod vga;
pub(crate) mod window;
