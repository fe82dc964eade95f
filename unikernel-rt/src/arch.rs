//! The processor: descriptor tables, exceptions, protections, configuration ports, windows on physical memory.
//!
//! With the raw drivers and the DMA file, the only place where the runtime is `unsafe`.

pub(crate) mod cpu;
pub(crate) mod descriptors;
pub(crate) mod exceptions;
pub(crate) mod instruction_sets;
pub(crate) mod memory_functions;
pub(crate) mod pci;
pub(crate) mod random;
pub(crate) mod stack;
pub(crate) mod window;
