//! The devices that can be declared, one file each.
//!
//! A new device is a new file and a line in [`DEVICES`]. Everything that macro, runtime and tools have to know about it
//! stands in its [`DeviceSpec`]; files of the same name there hold its behaviour.

pub use kv::KV_KEY_BYTES;
pub use stack::STACK_BYTES;

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
mod stack;
mod std;
mod tmp;
mod values;

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
    &stack::STACK,
    &std::STD,
    &tmp::TMP,
    &values::VALUES,
];

/// Names that no argument and no device may have, besides the kinds of devices: each means something else in an annotation
/// or in a manifest, or will.
pub const RESERVED: &[&str] = &["args", "env", "spawner", "app", "image", "machine"];

/// Most bytes of all static memory that a declaration can ask for: an image with its memory ends below 1,018 MiB.
pub const STATIC_BYTES: u64 = 960 << 20;

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
    /// The feature of the runtime that holds its code.
    pub feature: Option<&'static str>,
    /// Another device without which it is of no use.
    pub requires: Option<&'static str>,
    /// What it needs of the machine, unless options that are given say otherwise.
    pub hardware: &'static [Hardware],
    /// A declaration to paste.
    pub example: &'static str,
}

/// What a declared device needs of the machine that it runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hardware {
    /// A network card (virtio).
    NetworkCard,
    /// A disk (virtio).
    Disk,
    /// A source of random numbers (virtio), unless the processor is one.
    RandomSource,
    /// The first serial port.
    SerialPort,
    /// A screen in text mode: a VGA, and a boot by BIOS.
    Screen,
    /// A console (virtio).
    VirtioConsole,
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
    /// Whether it is a boot argument of those kernels alone whose annotation names it: the others are spared its code.
    pub is_on_demand: bool,
    /// The feature of the runtime that holds its code.
    pub feature: Option<&'static str>,
    /// What the device needs of the machine where this option is `true`, in place of [`DeviceSpec::hardware`].
    pub hardware: Option<Hardware>,
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
    /// A device without options, which needs nothing, for descriptions to begin with.
    pub const PLAIN: Self = Self {
        kind: "",
        parameter: Parameter::Optional,
        type_name: None,
        options: &[],
        several: false,
        feature: None,
        requires: None,
        hardware: &[],
        example: "",
    };

    /// Finds an option by its name.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&OptionSpec> {
        self.options.iter().find(|option| option.name == name)
    }

    /// Whether the device needs `hardware` of its machine, with these of its options fixed at compile time.
    #[must_use]
    pub fn needs<'f>(&self, hardware: Hardware, fixed: impl IntoIterator<Item = (&'f str, &'f str)>) -> bool {
        let given = fixed.into_iter().filter(|(_, value)| *value == "true");
        let mut given = given.filter_map(|(name, _)| self.option(name)?.hardware).peekable();
        match given.peek() {
            Some(_) => given.any(|other| other == hardware),
            None => self.hardware.contains(&hardware),
        }
    }
}

impl OptionSpec {
    /// An option that is fixed when the application is compiled.
    #[must_use]
    pub const fn fixed(name: &'static str, kind: Kind<'static>, help: &'static str) -> Self {
        let kind = kind.optional();
        Self { name, kind, when: When::Fixed, default: None, is_on_demand: false, feature: None, hardware: None, help }
    }

    /// An option that is a boot argument.
    #[must_use]
    pub const fn boot(name: &'static str, kind: Kind<'static>, help: &'static str) -> Self {
        Self { when: When::Boot, ..Self::fixed(name, kind, help) }
    }

    /// With a value for where none is given.
    #[must_use]
    pub const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), kind: Kind { optional: false, ..self.kind }, ..self }
    }

    /// As a boot argument only where the annotation names it.
    #[must_use]
    pub const fn on_demand(self) -> Self {
        Self { is_on_demand: true, ..self }
    }

    /// With the feature of the runtime that holds its code.
    #[must_use]
    pub const fn by_feature(self, feature: &'static str) -> Self {
        Self { feature: Some(feature), ..self }
    }

    /// With what it needs of the machine.
    #[must_use]
    pub const fn on(self, hardware: Hardware) -> Self {
        Self { hardware: Some(hardware), ..self }
    }
}

/// Finds a device by its kind.
#[must_use]
pub fn device(kind: &str) -> Option<&'static DeviceSpec> {
    DEVICES.iter().copied().find(|device| device.kind == kind)
}

/// The device and the option that put it on `hardware`.
#[must_use]
pub fn declaration_on(hardware: Hardware) -> Option<(&'static str, &'static str)> {
    let options = DEVICES.iter().flat_map(|spec| spec.options.iter().map(move |option| (spec.kind, option)));
    let mut found = options.filter(|(_, option)| option.hardware == Some(hardware));
    found.next().map(|(kind, option)| (kind, option.name))
}

/// Whether no argument, and no device of another kind, may have this name: it is a device's kind or one of [`RESERVED`].
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || device(name).is_some()
}

#[cfg(test)]
mod tests;
