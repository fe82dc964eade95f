//! Profiles a kernel with `unikernel run --profile`: every instruction is accounted for, under the stack that executed it.

use std::fs;
use std::path::Path;

use crate::common::kernels::kernel;
use crate::common::{program, tool};
use unikernel_bench::counts;
use unikernel_cli::elf::Kernel;

#[test]
fn every_instruction_is_in_the_profile_with_its_stack() {
    let folder = tempfile::tempdir().expect("a folder");
    let plugin = counts::plugin(folder.path()).expect("is built");
    let image = kernel("hello");
    let entry = Kernel::read(&image).expect("a kernel").entry();
    let stem = folder.path().join("profile");
    // Both plugins look at the same run.
    let run = tool(program(), "this package's own")
        .arg("run")
        .arg(&image)
        .args(["--kernel", "--profile"])
        .arg(stem.with_extension("svg"))
        .args(["--", "-plugin"])
        .arg(format!("{},entry={entry:#x}", plugin.display()))
        .output();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{said}");
    let at = |point| counts::at(point, &said).unwrap_or_else(|| panic!("no counts at {point}: {said}"));
    let (begun, ended) = (at("entry"), at("end"));

    let folded = read(&stem.with_extension("folded"));
    let total: u64 = folded.iter().map(|(_, count)| count).sum();
    let behind_the_end = total - (ended.instructions - begun.instructions);
    // The machine ends in the middle of a block, which the profile has as a whole.
    assert!(behind_the_end < 16, "{behind_the_end} too many: {folded:?}");
    let below =
        |part: &str| folded.iter().filter(|(stack, _)| stack.contains(part)).map(|(_, count)| count).sum::<u64>();
    assert!((1..total).contains(&below("hello::main")), "{folded:?}");
    // It was called by what starts it, which the entry jumped to.
    assert_eq!(below("unikernel_rt::boot::start::"), below("unikernel_rt::boot::start::start"), "{folded:?}");
    assert!(folded.iter().all(|(stack, _)| !stack.contains("hello::main") || stack.contains("start::")), "{folded:?}");

    let accesses: u64 = read(&stem.with_extension("devices.folded")).iter().map(|(_, count)| count).sum();
    assert!(accesses >= ended.port_io - begun.port_io && accesses > 0, "{accesses} accesses");
    for (graph, function) in [("svg", "hello::main"), ("devices.svg", "uart")] {
        let text = fs::read_to_string(stem.with_extension(graph)).expect("was written");
        assert!(text.contains("<svg") && text.contains(function), "{graph}");
    }
}

#[test]
fn an_iso_has_nothing_to_name_functions_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("hello.iso");
    tool(program(), "this package's own").args(["iso", "-p", "hello", "-o"]).arg(&image).run();
    let run = tool(program(), "this package's own").arg("run").arg(&image).args(["--profile", "x"]);
    let output = run.output();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(125), "{said}");
    assert!(said.contains("no debug information") && said.contains("help: profile the application"), "{said}");
}

fn read(path: &Path) -> Vec<(String, u64)> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let line = |line: &str| {
        let (stack, count) = line.rsplit_once(' ').expect("a stack and a count");
        (stack.to_owned(), count.parse().expect("a number"))
    };
    text.lines().map(line).collect()
}
