//! Compares instruction counts of kernels with the project's limits, and with the checked-in table.

use std::path::Path;

use crate::common::kernels::kernel;
use crate::common::{root, tool};
use unikernel_bench::counts::{self, Counts, measures, table};
use unikernel_cli::cargo::Workspace;
use unikernel_cli::elf::Kernel;
use unikernel_cli::machine::debug_exit;

/// What may lie between the PVH entry and the application's `main`.
struct Ceiling {
    package: &'static str,
    instructions: u64,
    port_io: u64,
}

const CEILINGS: [Ceiling; 1] = [Ceiling { package: "hello", instructions: 5_000, port_io: 100 }];

/// What no commit raises, by the names of the table.
const MEASURED_CEILINGS: [(&str, u64); 3] = [
    ("ping: entry to first frame, instructions", 150_000),
    ("ping: entry to first frame, port I/O", 600),
    ("ping: one echo, instructions", 1_500),
];

#[test]
fn nothing_has_grown_since_the_table_was_written() {
    let root = root();
    let workspace = Workspace::find(&root).expect("this workspace");
    let text = std::fs::read_to_string(root.join("build-support/bench/counts.txt")).expect("the table is checked in");
    let then = table::parse(&text).expect("is a table");
    let now = measures(&workspace, |what| println!("counting {what}")).unwrap_or_else(|error| panic!("{error}"));
    let differences = table::compare(&then, &now);
    for hint in &differences.hints {
        println!("{hint}");
    }
    let help = "help: if that is the price of something, `make bench-counts UPDATE=1` and commit the table with it";
    assert!(differences.faults.is_empty(), "{}\n{help}", differences.faults.join("\n"));
    for (name, ceiling) in MEASURED_CEILINGS {
        let measure = now.iter().find(|measure| measure.name == name).unwrap_or_else(|| panic!("no `{name}`"));
        assert!((1..=ceiling).contains(&measure.value), "{name}: {}, the ceiling is {ceiling}", measure.value);
    }
}

#[test]
fn from_entry_to_main_few_instructions_are_executed() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = counts::plugin(folder.path()).unwrap();
    for Ceiling { package, instructions, port_io } in CEILINGS {
        for machine in ["pc", "q35", "microvm"] {
            let (entry, main) = entry_and_main(&plugin, machine, package);
            let (used, ports) = (main.instructions - entry.instructions, main.port_io - entry.port_io);
            println!("{package} on {machine}: {used} instructions and {ports} port I/Os from entry to main");
            assert!(used > 0 && used <= instructions, "{package} on {machine}: {used} instructions");
            assert!(ports > 0 && ports <= port_io, "{package} on {machine}: {ports} port I/Os");
        }
    }
}

fn entry_and_main(plugin: &Path, machine: &str, package: &str) -> (Counts, Counts) {
    let path = kernel(package);
    let elf = Kernel::read(&path).unwrap();
    let main = elf.function(&format!("{package}::main")).expect("the application's main is a function of its own");
    let qemu = tool("qemu-system-x86_64", "qemu-system-x86")
        .args(["-accel", "tcg", "-display", "none", "-no-reboot", "-nodefaults", "-serial", "null"])
        .args(["-machine", machine, "-m", "16"])
        .args(["-device", &debug_exit(), "-kernel"])
        .arg(&path)
        .arg("-plugin")
        .arg(format!("{},entry={:#x},main={main:#x}", plugin.display(), elf.entry()));
    let printed = String::from_utf8(qemu.output().stderr).unwrap();
    let at = |point| counts::at(point, &printed).unwrap_or_else(|| panic!("no counts at {point}: {printed}"));
    (at("entry"), at("main"))
}
