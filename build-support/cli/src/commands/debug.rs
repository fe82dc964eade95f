//! `unikernel debug`: runs gdb on an application in a halted machine, on a running machine, or on a core file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cargo;
use crate::elf::Kernel;
use crate::machine::{self, Accelerator, Boot, PROGRAM, Qemu};
use crate::symbolize;

use super::command_line::joined;
use super::failure::Failure;
use super::hardware::{self, Networks};
use super::interrupts::Interrupts;
use super::path::shown;
use super::selection::Selection;
use super::{gdb, output, product};

/// Debug an application with gdb.
///
/// Builds the application, starts its kernel in a halted machine, and attaches gdb with the kernel's symbols, stopped at the
/// application's `main`. The console goes to `build/APP.console`. The machine exits when gdb does.
///
/// The kernel is built with the profile `debugging`, which is little optimized and has full debug information. If the workspace
/// does not define it, a default that inherits from `release` is used. With `--release`, the kernel is the one of the image:
/// backtraces and breakpoints work, variables are not shown.
///
/// With `--attach`, gdb attaches to a running machine, started by `unikernel run --gdb` or any QEMU with a gdb server, and
/// prints a backtrace. The machine continues when gdb detaches.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  unikernel debug -p hello\n  unikernel debug -p hello --release -- -batch -ex backtrace\n  \
                        unikernel debug -p hello --attach build/hello.gdb"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// Words to append to the boot command line
    #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
    append: String,

    #[command(flatten)]
    networks: Networks,

    /// Debug the kernel of the image, built with `release`
    #[arg(long)]
    release: bool,

    /// Attach to a machine that runs this application's image: the socket of its gdb server, or HOST:PORT
    #[arg(long, value_name = "SERVER", conflicts_with = "append")]
    attach: Option<String>,

    /// Open the core file of a crash, written by `unikernel run --dump-on-crash`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["append", "attach"])]
    core: Option<PathBuf>,

    /// Options passed on to gdb, after those that run to `main`
    #[arg(last = true, value_name = "GDB OPTIONS")]
    gdb: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let interrupts = Interrupts::hold().map_err(|error| Failure::Text(format!("cannot catch signals: {error}")))?;
    let ended = debug(arguments, &interrupts);
    if ended.is_err() {
        interrupts.deliver();
    }
    ended
}

fn debug(arguments: &Arguments, interrupts: &Interrupts) -> Result<(), Failure> {
    let (workspace, deployment) = arguments.selection.one()?;
    // A running machine and a core file are those of an image.
    let image = || product::build(&workspace, &deployment, product::PROFILE);
    if let Some(server) = &arguments.attach {
        return gdb::attach(&workspace, &image()?, server, &arguments.gdb);
    }
    if let Some(core) = &arguments.core {
        return gdb::core(&workspace, &image()?, core, &arguments.gdb);
    }
    let profile = if arguments.release { product::PROFILE } else { cargo::DEBUGGING };
    let product = product::make_with(&workspace, &deployment, &arguments.append, profile)?;
    let application = &deployment.application.name;
    let main = main(&product.kernel, application)?;

    let folder =
        tempfile::tempdir().map_err(|error| Failure::Text(format!("cannot create a temporary folder: {error}")))?;
    let socket = folder.path().join("gdb");
    let console = workspace.root().join("build").join(format!("{application}.console"));
    let line = joined(&product.settings.command_line, &arguments.append);
    let place = hardware::place(&deployment.name, workspace.root().join("build"));
    let mut hardware = arguments.networks.plan(&product.kernel, &line, &product.settings.machine, &place, false)?;
    hardware::make_ready(&mut hardware)?;
    let boot = Boot::Kernel { path: product.path.clone(), command_line: line };
    let qemu = Qemu { boot, hardware, accelerator: Accelerator::Tcg, extra: Vec::new() };
    interrupts.check()?;
    let mut machine = start(&qemu, &socket, &console)?;
    output::progress("Console", shown(&console).display());
    let attached = gdb::at_main(&workspace, &product.path, &socket, &main, &arguments.gdb);
    // It is of no use without gdb; it may have ended by itself.
    let _ = machine.kill();
    let _ = machine.wait();
    attached
}

/// The location of the breakpoint: `main` by name, which is after its prologue; without full debug information, the address of
/// its symbol.
fn main(kernel: &Kernel, application: &str) -> Result<String, Failure> {
    let main = format!("{}::main", application.replace('-', "_"));
    let body = format!("{main}::{{{{closure}}}}");
    // The body of an `async fn` is a function of its own, which may have been inlined.
    let (names, place) = match kernel.declaration().is_async() {
        true => ([&body, &main], format!("{main}::{{async_fn#0}}")),
        false => ([&main; 2], main.clone()),
    };
    match names.iter().find_map(|name| kernel.function(name)) {
        Some(address) if symbolize::is_described(kernel, address) => Ok(place),
        Some(address) => Ok(format!("*{address:#x}")),
        None => Err(Failure::Text(format!("`{application}` has no function `main` in its symbols"))),
    }
}

/// Starts a halted machine with a gdb server at `socket`.
fn start(qemu: &Qemu, socket: &Path, console: &Path) -> Result<Child, Failure> {
    if let Some(folder) = console.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, error))?;
    }
    let output = File::create(console).map_err(|error| Failure::file("write", console, error))?;
    let chardev = format!("socket,id=gdb,path={},server=on,wait=off", socket.display());
    Command::new(PROGRAM)
        .args(qemu.arguments())
        .args(["-S", "-chardev", &chardev, "-gdb", "chardev:gdb"])
        .stdin(Stdio::null())
        .stdout(output)
        // Ctrl-C is gdb's, which then stops the guest.
        .process_group(0)
        .spawn()
        .map_err(|error| {
            Failure::from(match error.kind() {
                std::io::ErrorKind::NotFound => machine::Error::NoQemu,
                _ => machine::Error::Start(error),
            })
        })
}
