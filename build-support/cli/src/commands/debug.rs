//! `unikernel debug`: an application in a machine that waits for gdb, and gdb at its `main`; or gdb at a machine that runs.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cargo;
use crate::elf::Kernel;
use crate::machine::{Accelerator, Boot, PROGRAM, Qemu};
use crate::symbolize;

use super::command_line::joined;
use super::failure::Failure;
use super::hardware::{self, Networks};
use super::path::shown;
use super::selection::Selection;
use super::{gdb, output, product};

/// Debug an application with gdb.
///
/// Builds the application, starts its kernel in a machine that is halted, and attaches gdb with the kernel's symbols, stopped at
/// the application's `main`. The console goes to `build/APP.console`. The machine ends with gdb.
///
/// The kernel is built with the profile `debugging`, which keeps variables and steps as they are written; a workspace that does
/// not define it gets one that inherits from `release`. With `--release` it is the very kernel of an image: backtraces and break
/// points work, variables are not shown.
///
/// With `--attach` gdb looks at a machine that runs already, started by `unikernel run --gdb` or any QEMU with a gdb server, and
/// shows where it is. It goes on when gdb leaves.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  unikernel debug -p hello\n  unikernel debug -p hello --release -- -batch -ex backtrace\n  \
                        unikernel debug -p hello --attach build/hello.gdb"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// More words for the end of the boot command line
    #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
    append: String,

    #[command(flatten)]
    networks: Networks,

    /// Debug the kernel that images have
    #[arg(long)]
    release: bool,

    /// Debug a machine that runs this application's image: the socket of its gdb server, or HOST:PORT
    #[arg(long, value_name = "SERVER", conflicts_with = "append")]
    attach: Option<String>,

    /// Look at the core file of a crash, which `unikernel run --dump-on-crash` wrote
    #[arg(long, value_name = "FILE", conflicts_with_all = ["append", "attach"])]
    core: Option<PathBuf>,

    /// More options for gdb, as they are, after those that bring it to `main`
    #[arg(last = true, value_name = "GDB OPTIONS")]
    gdb: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (workspace, deployment) = arguments.selection.one()?;
    // What runs, or ran, is an image.
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

    let folder = tempfile::tempdir().map_err(|error| Failure::Text(format!("cannot make a folder: {error}")))?;
    let socket = folder.path().join("gdb");
    let console = workspace.root().join("build").join(format!("{application}.console"));
    let line = joined(&product.settings.command_line, &arguments.append);
    let place = hardware::place(&deployment.name, workspace.root().join("build"));
    let mut hardware = arguments.networks.plan(&product.kernel, &line, &product.settings.machine, &place)?;
    hardware::make_ready(&mut hardware)?;
    let boot = Boot::Kernel { path: product.path.clone(), command_line: line };
    let qemu = Qemu { boot, hardware, accelerator: Accelerator::Tcg, extra: Vec::new() };
    let mut machine = start(&qemu, &socket, &console)?;
    output::progress("Console", shown(&console).display());
    let attached = gdb::at_main(&workspace, &product.path, &socket, &main, &arguments.gdb);
    // It is of no use without gdb; it may have ended by itself.
    let _ = machine.kill();
    let _ = machine.wait();
    attached
}

/// Where gdb is to stop: behind the instructions that put arguments in their places, by the name of `main`; without whole debug
/// information, at the address of its symbol.
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
