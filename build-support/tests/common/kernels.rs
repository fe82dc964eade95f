//! Kernels of the workspace, built as their images want them, once for each test binary.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use build_support::cargo::{self, Workspace};
use build_support::elf::Kernel;

/// This workspace.
pub fn workspace() -> Workspace {
    Workspace::find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("this workspace")
}

/// The ELF of the application or test kernel `package`, release profile.
pub fn kernel(package: &str) -> PathBuf {
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
pub fn read(package: &str) -> Kernel {
    Kernel::read(kernel(package)).unwrap_or_else(|error| panic!("`{package}`: {error}"))
}

/// What QEMU is told to boot `kernel` directly, on `machine`, with `memory` and a command line.
pub fn boot(kernel: &Path, machine: &str, memory: &str, command_line: &str) -> Vec<String> {
    let kernel = kernel.display().to_string();
    let arguments = ["-machine", machine, "-m", memory, "-kernel", &kernel, "-append", command_line];
    arguments.map(str::to_owned).to_vec()
}
