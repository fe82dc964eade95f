//! The devices that can be declared, one file each.
//!
//! A new device is a new file and a line in [`DEVICES`]; the files of the same name in the macro and in the runtime say
//! what becomes of it.

pub use kv::KV_KEY_BYTES;

use crate::kind::Kind;

mod block;
mod clock;
mod console;
mod entropy;
mod heap;
mod kv;
mod log;
mod net;
mod shutdown;

/// All devices that can be declared.
pub const DEVICES: &[&DeviceSpec] = &[
    &console::CONSOLE,
    &clock::CLOCK,
    &net::NET,
    &block::BLOCK,
    &kv::KV,
    &entropy::ENTROPY,
    &heap::HEAP,
    &log::LOG,
    &shutdown::SHUTDOWN,
];

/// Names that no argument and no device may have, besides the kinds of devices: each means something else in an annotation
/// or in a manifest, or will.
pub const RESERVED: &[&str] = &["args", "spawner", "app", "image", "machine", "kv"];

/// A device that can be declared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceSpec {
    /// What the annotation calls it: `net`.
    pub kind: &'static str,
    /// Whether `main` takes it as a parameter.
    pub parameter: Parameter,
    /// The runtime's type of that parameter: `Net`.
    pub type_name: Option<&'static str>,
    /// What can be configured.
    pub options: &'static [OptionSpec],
    /// Whether there may be several, told apart by `name = "..."`.
    pub several: bool,
    /// A declaration to paste.
    pub example: &'static str,
}

/// Whether `main` takes a device as a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parameter {
    /// It must: there is no other way to the device.
    Required,
    /// It may.
    Optional,
    /// It does not: there is nothing to hand over.
    Never,
}

/// An option of a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptionSpec {
    /// What the annotation and the manifest call it.
    pub name: &'static str,
    /// Which values it takes.
    pub kind: Kind<'static>,
    /// When its value is settled.
    pub when: When,
    /// The value that it has when the annotation gives none.
    pub default: Option<&'static str>,
    /// What it is for, in a few words.
    pub help: &'static str,
}

/// When the value of an option is settled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// When the application is compiled.
    Fixed,
    /// At boot: the annotation's value is the default of the boot argument `DEVICE.OPTION`.
    Boot,
}

impl DeviceSpec {
    /// Finds an option by its name.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&OptionSpec> {
        self.options.iter().find(|option| option.name == name)
    }
}

/// Finds a device by its kind.
#[must_use]
pub fn device(kind: &str) -> Option<&'static DeviceSpec> {
    DEVICES.iter().copied().find(|device| device.kind == kind)
}

/// Whether no argument, and no device of another kind, may have this name: it is a device's kind or one of [`RESERVED`].
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || device(name).is_some()
}

#[cfg(test)]
mod tests;
