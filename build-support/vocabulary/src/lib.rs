//! The words of a declaration, shared by macro, runtime and tools.
//!
//! What an application declares, which values it takes and how they are written is defined here once. The macro checks
//! an annotation with it and writes the declaration into the image, the tool reads it back from there and checks a
//! manifest against it, and the runtime checks the boot command line with the very same parsers.
//!
//! - [`kind`]: the closed grammar of values, [`value`]: their parsers
//! - [`declaration`]: what an application declares, [`note`]: how the image carries it
//! - [`devices`]: the devices that can be declared, and their options
//! - [`interface`]: which addresses of a network interface go together
//! - [`command_line`]: how values reach a kernel
//! - [`nearest()`]: what was probably meant
//! - [`contract`]: what else the runtime and the tools agree on: statuses, ports, the stubs of an image
//!
//! Everything that a kernel links is free of allocation, and of formatting until there is a fault to tell.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod command_line;
pub mod contract;
pub mod declaration;
pub mod devices;
pub mod interface;
pub mod kind;
pub mod nearest;
pub mod note;
#[cfg(test)]
mod random;
pub mod value;

pub use crate::{
    declaration::{Argument, Declaration, Device},
    devices::{DEVICES, DeviceSpec, Hardware, OptionSpec, Parameter, When, device},
    interface::Interface,
    kind::{Kind, Mismatch, Shape},
    nearest::nearest,
    note::Decoded,
    value::{Family, Reason},
};
