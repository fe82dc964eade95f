//! Kernels of the workspace, built as their images want them, once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use unikernel_cli::cargo::{self, Workspace};
use unikernel_cli::elf::Kernel;

/// This workspace.
pub(crate) fn workspace() -> Workspace {
    Workspace::find(&super::root()).expect("this workspace")
}

/// The ELF of the application or test kernel `package`, release profile.
pub(crate) fn kernel(package: &str) -> PathBuf {
    static BUILT: OnceLock<Mutex<HashMap<String, Arc<OnceLock<PathBuf>>>>> = OnceLock::new();
    let slot = Arc::clone(BUILT.get_or_init(Default::default).lock().unwrap().entry(package.to_owned()).or_default());
    slot.get_or_init(|| build(package)).clone()
}

fn build(package: &str) -> PathBuf {
    let workspace = workspace();
    let found = workspace.application(package).unwrap_or_else(|error| panic!("{error}"));
    cargo::build(&workspace, &found, "release").unwrap_or_else(|error| panic!("`{package}`: {error}")).kernel
}

/// The same, read.
pub(crate) fn read(package: &str) -> Kernel {
    Kernel::read(kernel(package)).unwrap_or_else(|error| panic!("`{package}`: {error}"))
}

/// What QEMU is told to boot `kernel` directly, on `machine`, with `memory` and a command line.
pub(crate) fn boot(kernel: &Path, machine: &str, memory: &str, command_line: &str) -> Vec<String> {
    let kernel = kernel.display().to_string();
    let arguments = ["-machine", machine, "-m", memory, "-kernel", &kernel, "-append", command_line];
    arguments.map(str::to_owned).to_vec()
}
