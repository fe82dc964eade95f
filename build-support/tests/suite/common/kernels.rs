//! Kernels of the workspace, built as their images want them, once.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use unikernel_cli::cargo::{self, Workspace};
use unikernel_cli::elf::Kernel;

/// This workspace.
pub(crate) fn workspace() -> &'static Workspace {
    static WORKSPACE: OnceLock<Workspace> = OnceLock::new();
    WORKSPACE.get_or_init(|| Workspace::find(&super::root()).expect("this workspace"))
}

/// The kernels of a package by their names, once they are built.
type Kernels = Arc<OnceLock<HashMap<String, PathBuf>>>;

/// The ELF of an application or test kernel, release profile. Those of its package are built with it.
pub(crate) fn kernel(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<String, Kernels>> = Mutex::new(BTreeMap::new());
    let application = workspace().application(name).unwrap_or_else(|error| panic!("{error}"));
    let package = Arc::clone(BUILT.lock().unwrap().entry(application.package.clone()).or_default());
    let kernels = package.get_or_init(|| build(&application.package));
    kernels[&application.name].clone()
}

fn build(package: &str) -> HashMap<String, PathBuf> {
    let mut applications = workspace().applications(true);
    applications.retain(|application| application.package == package);
    let built = cargo::build_together(workspace(), &applications, "release");
    let built = built.unwrap_or_else(|error| panic!("`{package}`: {error}"));
    applications
        .into_iter()
        .map(|application| application.name)
        .zip(built.into_iter().map(|built| built.kernel))
        .collect()
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
