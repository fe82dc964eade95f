//! Kernels of the workspace, built as their images want them, once.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use unikernel_cli::cargo::{Application, Workspace};
use unikernel_cli::elf::Kernel;
use unikernel_test::{Boot, Builder, Image};

use super::effort::{Effort, is_left_out};
use super::{PATIENCE, prepare};

/// This workspace.
pub(crate) fn workspace() -> &'static Workspace {
    static WORKSPACE: OnceLock<Workspace> = OnceLock::new();
    WORKSPACE.get_or_init(|| Workspace::find(&super::root()).expect("this workspace"))
}

/// The applications of this workspace whose kernels are built in this run: those of `std` take minutes.
pub(crate) fn applications() -> Vec<Application> {
    let leaves_out = is_left_out("applications of `std`", Effort::All);
    workspace().applications(false).into_iter().filter(|application| !(leaves_out && application.uses_std)).collect()
}

/// The ELF of an application or test kernel, release profile. Those of its package are built with it.
#[track_caller]
pub(crate) fn kernel(name: &str) -> PathBuf {
    prepare();
    Image::build(name).path().to_owned()
}

/// The same, read.
pub(crate) fn read(package: &str) -> Kernel {
    Kernel::read(kernel(package)).unwrap_or_else(|error| panic!("`{package}`: {error}"))
}

/// A machine that boots a kernel directly, with the values of its annotation alone, and the devices that it declares.
#[track_caller]
pub(crate) fn machine(name: &str) -> Builder {
    // As a file it is not known to have a manifest.
    Image::open(kernel(name)).machine().boot(Boot::Kernel).tcg().timeout(PATIENCE)
}

/// What QEMU is told to boot `kernel` directly, on `machine`, with `memory` and a command line.
pub(crate) fn boot(kernel: &Path, machine: &str, memory: &str, command_line: &str) -> Vec<String> {
    let kernel = kernel.display().to_string();
    let arguments = ["-machine", machine, "-m", memory, "-kernel", &kernel, "-append", command_line];
    arguments.map(str::to_owned).to_vec()
}
