//! The components of the runtime, and the table of the sources that belong to each.
//!
//! A component is a folder or a file of its name in each layer: `net` is `net/`, `devices/net.rs` and `drivers/virtio/net/`. A test
//! walks over the sources of `unikernel-rt` and `unikernel-vocabulary`, so that a new file cannot be forgotten. A component is in a
//! kernel when the application declares what stands in its row, or when one that is in the kernel pulls it in; any other must not
//! leave a byte there.

use std::collections::{BTreeMap, btree_map::Entry};

use unikernel_vocabulary::{Decoded, Hardware, devices};

use super::source::Source;

/// A named part of the runtime.
#[derive(Debug)]
pub struct Component {
    /// What the table of an audit calls it.
    pub name: &'static str,
    /// What brings it into a kernel.
    pub by: By,
    /// The components that it is built on.
    pub pulls_in: &'static [&'static str],
    /// What its folders and files in `unikernel-rt/src` are called, in each of the [`LAYERS`]; with `.rs`, the file alone.
    sources: &'static [&'static str],
    /// The same in `src` of `unikernel-vocabulary`.
    vocabulary: &'static [&'static str],
    /// The third parties that the runtime has for its sake alone.
    dependencies: &'static [&'static str],
}

/// What brings a component into a kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// It is in every kernel.
    Nothing,
    /// A declared device of this kind.
    Device(&'static str),
    /// A declared device that needs this of its machine.
    DeviceOn(Hardware),
    /// At least one declared boot argument.
    Arguments,
    /// A `main` that is an `async fn`.
    Asynchronous,
    /// Only another component.
    Others,
}

/// Components that a kernel may have, by their index in [`COMPONENTS`]; with who pulls it in, where it is not declared itself.
pub type Declared = BTreeMap<usize, Option<&'static str>>;

/// The folders that have one entry for each device, or for each part of a component. The deepest one counts.
const LAYERS: [&str; 6] = ["", "devices/", "drivers/", "drivers/virtio/", "kernel/", "tasks/"];

/// All components; those that others are built on come first.
pub const COMPONENTS: &[Component] = &[
    Component {
        name: "boot",
        by: By::Nothing,
        pulls_in: &[],
        sources: &[
            "lib",
            "prelude",
            "arch",
            "boot",
            "devices.rs",
            "drivers.rs",
            "firmware",
            "kernel",
            "memory",
            "sync",
            "tasks.rs",
        ],
        vocabulary: &["lib", "command_line", "contract", "declaration", "devices", "note"],
        dependencies: &["spin"],
    },
    Component {
        name: "arguments",
        by: By::Arguments,
        pulls_in: &[],
        sources: &["arguments", "from_arg"],
        vocabulary: &["kind", "nearest", "value"],
        dependencies: &[],
    },
    Component {
        name: "interrupts",
        by: By::Others,
        pulls_in: &[],
        sources: &["interrupts", "arch/interrupts", "arch/local_apic", "arch/pit"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "console",
        by: By::Device("console"),
        pulls_in: &["interrupts"], // for input
        sources: &["console"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "serial",
        by: By::DeviceOn(Hardware::SerialPort),
        pulls_in: &["interrupts"], // for input
        sources: &["uart", "devices/console/serial"],
        vocabulary: &[],
        dependencies: &["uart_16550"],
    },
    Component {
        name: "screen",
        by: By::DeviceOn(Hardware::Screen),
        pulls_in: &[],
        sources: &["screen", "arch/vga", "devices/console/screen"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "poll",
        by: By::Others,
        pulls_in: &["interrupts"],
        sources: &["poll", "block_on", "wait"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "clock",
        by: By::Device("clock"),
        pulls_in: &["interrupts", "poll"],
        sources: &["clock", "time", "timers", "timeout"],
        vocabulary: &[],
        dependencies: &["embassy_time_queue_utils"],
    },
    Component {
        name: "virtio",
        by: By::Others,
        pulls_in: &["interrupts"],
        sources: &["virtio", "pci"],
        vocabulary: &[],
        dependencies: &["virtio_drivers"],
    },
    Component {
        name: "virtio_console",
        by: By::DeviceOn(Hardware::VirtioConsole),
        pulls_in: &["virtio"],
        sources: &["drivers/virtio/console", "devices/console/virtio"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "block",
        by: By::Device("block"),
        pulls_in: &["poll", "virtio"],
        sources: &["block"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "entropy",
        by: By::Device("entropy"),
        pulls_in: &["virtio"], // for its entropy device
        sources: &["entropy", "arch/random"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "net",
        by: By::Device("net"),
        pulls_in: &["arguments", "clock", "entropy", "virtio"],
        sources: &["net"],
        vocabulary: &["interface"],
        dependencies: &["smoltcp", "managed", "embedded_nal_async"],
    },
    Component { name: "kv", by: By::Device("kv"), pulls_in: &[], sources: &["kv"], vocabulary: &[], dependencies: &[] },
    Component {
        name: "shutdown",
        by: By::Device("shutdown"),
        pulls_in: &["interrupts", "poll"],
        sources: &["shutdown"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "stack",
        by: By::Device("stack"),
        pulls_in: &[],
        sources: &["devices/stack"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "heap",
        by: By::Device("heap"),
        pulls_in: &[],
        sources: &["heap"],
        vocabulary: &[],
        dependencies: &["rlsf"],
    },
    Component {
        name: "log",
        by: By::Device("log"),
        pulls_in: &["arguments"], // for the level
        sources: &["log"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "async",
        by: By::Asynchronous,
        pulls_in: &["interrupts", "poll"],
        sources: &["executor"],
        vocabulary: &[],
        dependencies: &["embassy_executor"],
    },
];

impl Component {
    /// How an application comes by it, as an advice.
    #[must_use]
    pub fn advice(&self) -> String {
        match self.by {
            By::Nothing => "it is in every kernel".into(),
            By::Device(kind) => format!("declare it, `#[unikernel({kind})]`"),
            By::DeviceOn(hardware) => match devices::declaration_on(hardware) {
                Some((kind, option)) => format!("declare it, `#[unikernel({kind}({option}))]`"),
                None => "declare what needs it".into(),
            },
            By::Arguments => "declare boot arguments, `#[unikernel(args(...))]`".into(),
            By::Asynchronous => "make `main` an `async fn`".into(),
            By::Others => {
                let users = COMPONENTS.iter().filter(|other| other.pulls_in.contains(&self.name));
                let users: Vec<_> = users.map(|other| format!("`{}`", other.name)).collect();
                format!("declare what it comes with, {}", users.join(" or "))
            }
        }
    }

    fn is_declared(&self, declaration: &Decoded<'_>) -> bool {
        match self.by {
            By::Nothing => true,
            By::Device(kind) => declaration.devices().any(|device| device.kind == kind),
            By::DeviceOn(hardware) => declaration.devices_on(hardware).next().is_some(),
            By::Arguments => declaration.arguments().next().is_some() || declaration.rest().is_some(),
            By::Asynchronous => declaration.is_async(),
            By::Others => false,
        }
    }
}

/// The components that a kernel of this declaration may have, by index: the declared ones, and with the name of one that pulls it
/// in, each other one.
#[must_use]
pub fn declared(declaration: &Decoded<'_>) -> Declared {
    let own = COMPONENTS.iter().filter(|component| component.is_declared(declaration));
    let mut found: Declared = own.filter_map(|component| Some((index(component.name)?, None))).collect();
    let mut pending: Vec<_> = found.keys().copied().collect();
    while let Some(user) = pending.pop() {
        for other in COMPONENTS[user].pulls_in.iter().filter_map(|name| index(name)) {
            if let Entry::Vacant(entry) = found.entry(other) {
                entry.insert(Some(COMPONENTS[user].name));
                pending.push(other);
            }
        }
    }
    found
}

/// The component that a source belongs to, by index; none for the application and for third parties of no component's.
///
/// A path may go on behind its file, with modules and items of it.
#[must_use]
pub fn component_of(source: &Source) -> Option<usize> {
    match source {
        Source::Runtime(path) => longest(path, &LAYERS, |component| component.sources),
        Source::Vocabulary(path) => longest(path, &LAYERS[..1], |component| component.vocabulary),
        Source::Crate(name) => COMPONENTS.iter().position(|component| component.dependencies.contains(&name.as_str())),
        Source::Application => None,
    }
}

fn index(name: &str) -> Option<usize> {
    COMPONENTS.iter().position(|component| component.name == name)
}

/// The component with the longest folder or file that a path begins with.
fn longest(path: &str, layers: &[&str], names: impl Fn(&Component) -> &'static [&'static str]) -> Option<usize> {
    let length = |layer: &str, name: &str| {
        let below = path.strip_prefix(layer)?;
        if name.strip_suffix(".rs").is_some_and(|file| file == below) {
            return Some(path.len());
        }
        let rest = below.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(layer.len() + name.len())
    };
    let found = COMPONENTS.iter().enumerate().flat_map(|(index, component)| {
        let names = names(component).iter();
        names.flat_map(|name| layers.iter().filter_map(|layer| length(layer, name))).map(move |length| (length, index))
    });
    found.max().map(|(_, index)| index)
}

#[cfg(test)]
mod tests;
