//! The allowed dependencies: of packages, and of the layers inside a crate.
//!
//! A layer is a module below a crate's root, with all that is in it. Rows stand lowest first, and name rows before them, so
//! that no use points up. The root of a crate may use all.

use super::rules::Rules;

/// Packages, and the ones of this workspace that they may depend on. All others are applications.
pub(super) const PACKAGES: &[(&str, &[&str])] = &[
    ("unikernel-vocabulary", &[]),
    ("unikernel-build", &[]),
    ("static_web_http", &[]),
    ("unikernel-net", &[]),
    ("unikernel-macros", &["unikernel-vocabulary"]),
    ("unikernel-rt", &["unikernel-vocabulary", "unikernel-macros", "unikernel-net"]),
    ("unikernel-cli", &["unikernel-vocabulary"]),
    ("unikernel-bench", &["unikernel-vocabulary", "unikernel-cli"]),
    ("unikernel-test", &["unikernel-cli"]),
    ("unikernel-tests", &["unikernel-vocabulary", "unikernel-cli", "unikernel-bench", "unikernel-test"]),
];

/// What an application may depend on.
pub(super) const APPLICATION: &[&str] = &["unikernel-rt", "unikernel-build", "static_web_http"];

/// The crates that have layers.
#[rustfmt::skip]
pub(super) const CRATES: &[Rules<'static>] = &[
    Rules {
        root: "unikernel-rt/src/lib.rs",
        layers: &[
            ("sync",       &[]),
            ("arch",       &["sync"]),
            ("firmware",   &["sync", "arch"]),
            ("memory",     &["sync", "arch", "firmware"]),
            ("pci",        &["sync", "arch", "firmware"]),
            ("kernel",     &["sync", "arch", "firmware"]),
            ("interrupts", &["sync", "arch", "firmware", "memory"]),
            ("drivers",    &["sync", "arch", "firmware", "memory", "pci", "kernel", "interrupts"]),
            ("time",       &["sync", "arch", "kernel", "interrupts", "drivers"]),
            ("tasks",      &["sync", "kernel", "interrupts", "time"]),
            ("entropy",    &["sync", "arch", "firmware", "kernel", "drivers"]),
            ("net",        &["sync", "memory", "kernel", "drivers", "time", "tasks", "entropy"]),
            ("kv",         &["sync", "memory", "kernel", "drivers", "time", "tasks", "entropy"]),
            ("devices",    &["sync", "arch", "firmware", "memory", "pci", "kernel", "interrupts", "drivers", "time", "tasks",
                             "entropy", "net", "kv"]),
            ("threads",    &["sync", "arch", "memory", "interrupts", "time", "tasks"]),
            ("posix",      &["sync", "arch", "memory", "kernel", "interrupts", "drivers", "time", "tasks", "entropy", "net", "kv", "devices",
                             "threads"]),
            ("boot",       &["sync", "arch", "firmware", "memory", "pci", "kernel", "interrupts", "drivers", "time", "tasks",
                             "entropy", "net", "kv", "devices"]),
            ("prelude",    &["kernel", "time", "drivers", "tasks", "net", "kv", "devices"]),
        ],
        exceptions: &[
            // pvclock converts ticks; stores and their kinds.
            ("drivers/clock/pvclock.rs", "time/scale.rs"),
            ("devices/kv/store.rs", "devices/kv/volume.rs"),
            // The public face of stores, and the counter behind a clock that need not be right.
            ("kv.rs", "devices/kv.rs"),
            ("kv.rs", "devices/kv/file.rs"),
            ("kv.rs", "devices/kv/list.rs"),
            ("kv.rs", "devices/kv/request.rs"),
            ("net/stack.rs", "arch/cpu.rs"),
            // A thread is an item of the list of those that sleep; the standard streams are descriptors, and are there from the beginning.
            ("threads/timers.rs", "threads/thread.rs"),
            ("posix/descriptors.rs", "posix/console.rs"),
        ],
    },
    Rules {
        root: "unikernel-macros/src/lib.rs",
        layers: &[
            ("named",       &[]),
            ("faults",      &["named"]),
            ("source",      &[]),
            ("features",    &["faults"]),
            ("runtime",     &["faults"]),
            ("parse",       &["named", "faults", "source"]),
            ("conditional", &["faults", "runtime", "parse"]),
            ("plan",        &[]),
            ("check",       &["faults", "source", "features", "runtime", "parse", "plan"]),
            ("root",        &["faults", "features", "runtime", "parse", "check"]),
            ("expand",      &["named", "faults", "parse", "plan", "check", "root"]),
            ("written",     &[]),
        ],
        exceptions: &[],
    },
    Rules {
        root: "build-support/vocabulary/src/lib.rs",
        layers: &[
            ("contract",     &[]),
            ("interface",    &[]),
            ("value",        &[]),
            ("nearest",      &[]),
            ("kind",         &["value"]),
            ("declaration",  &["kind"]),
            ("devices",      &["value", "kind", "declaration"]),
            ("note",         &["value", "kind", "declaration", "devices"]),
            ("command_line", &["value"]),
        ],
        exceptions: &[],
    },
    Rules {
        root: "build-support/cli/src/lib.rs",
        layers: &[
            ("table",      &[]),
            ("json",       &[]),
            ("date",       &[]),
            ("whole_file", &[]),
            ("whole_folder", &[]),
            ("disk",       &["whole_file"]),
            ("oci",        &["json", "date", "whole_folder"]),
            ("plugin",     &[]),
            ("cargo",      &[]),
            ("elf",        &[]),
            ("iso",        &["elf"]),
            ("manifest",   &["iso"]),
            ("audit",      &["table", "elf"]),
            ("inspect",    &["table", "elf", "iso", "audit"]),
            ("sbom",       &["json", "date", "cargo", "elf", "audit"]),
            ("symbolize",  &["elf"]),
            ("profile",    &["plugin", "elf"]),
            ("machine",    &["json", "whole_file", "manifest", "symbolize"]),
            ("driver",     &["cargo", "elf", "iso", "manifest", "symbolize", "machine"]),
            ("commands",   &["table", "json", "whole_file", "disk", "oci", "cargo", "elf", "iso", "manifest", "inspect", "audit", "sbom",
                             "symbolize", "profile", "machine", "driver"]),
        ],
        exceptions: &[],
    },
    Rules {
        root: "apps/static_web/http/src/lib.rs",
        layers: &[
            ("date",     &[]),
            ("set",      &[]),
            ("range",    &[]),
            ("status",   &[]),
            ("host",     &["set", "range"]),
            ("path",     &["host"]),
            ("head",     &["set", "status"]),
            ("fields",   &["range", "status", "host", "head"]),
            ("request",  &["range", "status", "head", "fields"]),
            ("encoding", &["head", "fields", "request"]),
            ("tags",     &["fields"]),
            ("answer",   &["date", "set", "range", "status", "fields", "request", "tags"]),
        ],
        exceptions: &[],
    },
];
