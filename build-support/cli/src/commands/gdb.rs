//! Runs gdb with the kernel's symbols and the paths of its sources.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::cargo::Workspace;

use super::failure::Failure;

/// Runs gdb on a halted machine, up to the location `main`. gdb waits for the socket by itself.
pub(super) fn at_main(
    workspace: &Workspace,
    kernel: &Path,
    socket: &Path,
    main: &str,
    options: &[OsString],
) -> Result<(), Failure> {
    let target = format!("target remote {}", socket.display());
    // A hardware breakpoint: the firmware loads the kernel later, which would overwrite a software one.
    run(workspace, kernel, &[target, format!("thbreak {main}"), "continue".into()], options)
}

/// Runs gdb on a running machine: checks that it runs this kernel, and prints a backtrace.
pub(super) fn attach(workspace: &Workspace, kernel: &Path, server: &str, options: &[OsString]) -> Result<(), Failure> {
    let commands = [format!("target remote {server}"), "compare-sections .text".into(), "backtrace".into()];
    run(workspace, kernel, &commands, options)
}

/// Runs gdb on a core file: checks that it is of this kernel, and prints a backtrace.
pub(super) fn core(workspace: &Workspace, kernel: &Path, core: &Path, options: &[OsString]) -> Result<(), Failure> {
    let path = core.canonicalize().map_err(|error| Failure::file("read", core, error))?;
    let commands = [format!("core-file {}", path.display()), "compare-sections .text".into(), "backtrace".into()];
    run(workspace, kernel, &commands, options)
}

fn run(workspace: &Workspace, kernel: &Path, commands: &[String], options: &[OsString]) -> Result<(), Failure> {
    let mut gdb = Command::new("gdb");
    gdb.current_dir(workspace.root()).args([
        "--quiet",
        "-iex",
        "set tcp connect-timeout 30",
        "-iex",
        "set confirm off",
    ]);
    // The outermost function is the kernel's entry point, not `main`.
    gdb.args(["-iex", "set backtrace past-main on"]);
    for (folder, name) in workspace.sources()?.iter().filter(|(folder, _)| folder.is_dir()) {
        gdb.arg("-iex").arg(format!("set substitute-path {} {}", quoted(name), quoted(&folder.to_string_lossy())));
    }
    for command in commands {
        gdb.args(["-ex", command]);
    }
    gdb.args(options)
        .arg(kernel)
        .status()
        // Its exit status is that of the last command only, and a failure whenever the machine has exited.
        .map(drop)
        .map_err(|error| Failure::Text(format!("cannot start `gdb`: {error}\nhelp: install it:\napt-get install gdb")))
}

/// Quotes an argument of a gdb command.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\""))
}
