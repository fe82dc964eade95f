//! `unikernel debug`: an application in a machine that waits for gdb, and gdb at its `main`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use build_support::machine::{Accelerator, Boot, PROGRAM, Qemu};

use super::failure::Failure;
use super::hardware::{self, Networks};
use super::selection::Selection;
use super::{output, product};

/// Debug an application with gdb.
///
/// Builds the application, starts its kernel in a machine that is halted, and attaches gdb with the kernel's symbols, stopped at
/// the application's `main`. The console goes to `build/APP.console`. The machine ends with gdb.
///
/// The image is the release build that `unikernel run` boots; what the optimizer has folded away cannot be shown.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  unikernel debug -p hello\n  unikernel debug -p hello -- -batch -ex backtrace")]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// More words for the end of the boot command line
    #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
    append: String,

    #[command(flatten)]
    networks: Networks,

    /// More options for gdb, as they are, after those that bring it to `main`
    #[arg(last = true, value_name = "GDB OPTIONS")]
    gdb: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (workspace, deployment) = arguments.selection.one()?;
    let product = product::make(&workspace, &deployment, &arguments.append)?;
    let application = &deployment.application.name;
    let main = ["main", "main::{{closure}}"]
        .iter()
        .find_map(|function| product.kernel.function(&format!("{}::{function}", application.replace('-', "_"))))
        .ok_or_else(|| Failure::Text(format!("`{application}` has no function `main` in its symbols")))?;

    let folder = tempfile::tempdir().map_err(|error| Failure::Text(format!("cannot make a folder: {error}")))?;
    let socket = folder.path().join("gdb");
    let console = workspace.root().join("build").join(format!("{application}.console"));
    let line = super::run::joined(&product.settings.command_line, &arguments.append);
    let place = hardware::place(&deployment.name, workspace.root().join("build"));
    let mut hardware = arguments.networks.plan(&product.kernel, &line, &product.settings.machine, &place)?;
    hardware::make_ready(&mut hardware)?;
    let boot = Boot::Kernel { path: product.path.clone(), command_line: line };
    let qemu = Qemu { boot, hardware, accelerator: Accelerator::Tcg, extra: Vec::new() };
    let mut machine = start(&qemu, &socket, &console)?;
    output::progress("Console", output::shown(&console).display());
    let attached = attach(workspace.root(), &product.path, &socket, main, &arguments.gdb);
    // It is of no use without gdb; it may have ended by itself.
    let _ = machine.kill();
    let _ = machine.wait();
    attached
}

/// Starts a halted machine with a gdb server at `socket`.
fn start(qemu: &Qemu, socket: &Path, console: &Path) -> Result<Child, Failure> {
    if let Some(folder) = console.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::file("make", folder, error))?;
    }
    let output = File::create(console).map_err(|error| Failure::file("write", console, error))?;
    let chardev = format!("socket,id=gdb,path={},server=on,wait=off", socket.display());
    Command::new(PROGRAM)
        .args(qemu.arguments())
        .args(["-S", "-chardev", &chardev, "-gdb", "chardev:gdb"])
        .stdin(Stdio::null())
        .stdout(output)
        .spawn()
        .map_err(|error| {
            Failure::Text(format!("cannot run `{PROGRAM}`: {error}\nhelp: apt-get install qemu-system-x86"))
        })
}

/// Runs gdb, which waits for the socket by itself.
fn attach(root: &Path, kernel: &Path, socket: &Path, main: u64, options: &[OsString]) -> Result<(), Failure> {
    Command::new("gdb")
        // Where the paths in the image begin.
        .current_dir(root)
        .args(["--quiet", "-ex", "set tcp connect-timeout 30", "-ex", "set confirm off"])
        .args(["-ex", &format!("target remote {}", socket.display())])
        // A break point of the processor: the kernel is loaded only after the firmware has run.
        .args(["-ex", &format!("thbreak *{main:#x}"), "-ex", "continue"])
        .args(options)
        .arg(kernel)
        .status()
        // Its status tells of the last command alone, and is a failure whenever the machine has ended.
        .map(drop)
        .map_err(|error| Failure::Text(format!("cannot run `gdb`: {error}\nhelp: apt-get install gdb")))
}
