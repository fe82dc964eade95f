//! The components of the runtime, and the table of the sources that belong to each.
//!
//! A component consists of the folders and files with its name in each layer: `net` is `net/`, `devices/net.rs` and
//! `drivers/virtio/net/`. A test checks that every source file of `unikernel-rt` and `unikernel-vocabulary` belongs to one. A
//! kernel contains a component if the application declares it, or if another component of the kernel needs it; no byte of any
//! other component may be in the kernel.

use std::collections::{BTreeMap, btree_map::Entry};

use unikernel_vocabulary::{Decoded, Hardware, devices};

use super::source::Source;

/// A named part of the runtime.
#[derive(Debug)]
pub struct Component {
    /// The name, as the table of an audit shows it.
    pub name: &'static str,
    /// The condition for a kernel to contain it.
    pub by: By,
    /// The components that it needs.
    pub pulls_in: &'static [&'static str],
    /// The names of its folders and files below each of the [`LAYERS`] of `unikernel-rt/src`; a name with `.rs` is a file only.
    sources: &'static [&'static str],
    /// The same in `unikernel-vocabulary/src`.
    vocabulary: &'static [&'static str],
    /// The third-party crates that only this component uses.
    dependencies: &'static [&'static str],
}

/// The condition for a kernel to contain a component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// None: every kernel contains it.
    Nothing,
    /// A declared device of this kind.
    Device(&'static str),
    /// A declared device that uses this hardware.
    DeviceOn(Hardware),
    /// A declared device of one of these kinds, beside `std`.
    BesideStd(&'static [&'static str]),
    /// A declared source of values.
    Values(&'static str),
    /// At least one declared boot argument.
    Arguments,
    /// A `main` that is an `async fn`.
    Asynchronous,
    /// Another component that needs it.
    Others,
}

/// The components that a kernel may contain, by index in [`COMPONENTS`]; with the component that needs it if it is not declared.
pub type Declared = BTreeMap<usize, Option<&'static str>>;

/// The folders with one entry for each device or component. The longest match counts.
const LAYERS: [&str; 6] = ["", "devices/", "drivers/", "drivers/virtio/", "kernel/", "tasks/"];

/// All components, in order of dependency.
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
        sources: &["console", "line_ends"],
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
        dependencies: &["net_core", "embedded_nal_async"],
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
        name: "threads",
        by: By::Others,
        pulls_in: &["interrupts", "poll"],
        sources: &["threads", "arch/context", "arch/demand", "arch/stack/running", "memory/stacks"],
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
        name: "std",
        by: By::Device("std"),
        // The console's functions write to none where none is declared; words of the command line are those of the environment.
        pulls_in: &["threads", "console", "arguments", "heap"], // and it has an allocator of its own, of the same crate
        sources: &["posix", "kernel/program"],
        vocabulary: &[],
        dependencies: &["std", "panic_abort", "hashbrown", "rustc_demangle", "std_detect", "libc"],
    },
    Component {
        name: "sockets",
        by: By::BesideStd(&["net"]),
        pulls_in: &[],
        sources: &["posix/sockets"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "files",
        by: By::BesideStd(&["block", "kv", "tmp"]),
        pulls_in: &[],
        sources: &["posix/files/mounts", "posix/files/stores", "posix/files/disks", "posix/mutex"],
        vocabulary: &[],
        dependencies: &[],
    },
    Component {
        name: "tmp",
        by: By::Device("tmp"),
        pulls_in: &[],
        sources: &["posix/files/memory"],
        vocabulary: &[],
        dependencies: &[],
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
        name: "values",
        by: By::Device("values"),
        pulls_in: &["arguments"],
        sources: &["kernel/arguments/linux", "kernel/arguments/machine", "firmware/fw_cfg", "firmware/smbios"],
        vocabulary: &["command_line/linux"],
        dependencies: &[],
    },
    Component {
        name: "values_volume",
        by: By::Values("volume"),
        pulls_in: &["values", "block", "kv"],
        sources: &["devices/values", "kv/iso9660", "kv/values"],
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
    /// How to add it to an application, for a `help:` line.
    #[must_use]
    pub fn advice(&self) -> String {
        match self.by {
            By::Nothing => "it is in every kernel".into(),
            By::Device(kind) => format!("declare it, `#[unikernel({kind})]`"),
            By::DeviceOn(hardware) => match devices::declaration_on(hardware) {
                Some((kind, option)) => format!("declare it, `#[unikernel({kind}({option}))]`"),
                None => "declare what needs it".into(),
            },
            By::BesideStd(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
                format!("declare one of {} beside `std`", kinds.join(", "))
            }
            By::Values(source) => format!("declare it, `#[unikernel(values({source}))]`"),
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
            By::BesideStd(kinds) => {
                let has = |kind: &str| declaration.devices().any(|device| device.kind == kind);
                has("std") && kinds.iter().any(|kind| has(kind))
            }
            By::Values(source) => declaration.has_values_of(source),
            By::Arguments => declaration.arguments().next().is_some() || declaration.rest().is_some(),
            By::Asynchronous => declaration.is_async(),
            By::Others => false,
        }
    }
}

/// The components that a kernel with this declaration may contain: the declared ones, and those that they need.
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

/// The index of the component that a source belongs to; none for the application and for third-party crates without one.
///
/// After the file, a path may name modules and items in it.
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

/// The component whose folder or file is the longest prefix of a path.
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
