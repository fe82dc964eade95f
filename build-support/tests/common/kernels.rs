//! Kernels of the workspace, built as images want them, once for each test binary.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use super::tool;

/// The ELF of the application or test kernel `package`, release profile.
pub fn kernel(package: &str) -> PathBuf {
    static BUILT: OnceLock<Mutex<HashMap<String, Arc<OnceLock<PathBuf>>>>> = OnceLock::new();
    let slot = Arc::clone(BUILT.get_or_init(Default::default).lock().unwrap().entry(package.to_owned()).or_default());
    slot.get_or_init(|| build(package)).clone()
}

fn build(package: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("lies in the workspace");
    let target = workspace.join("target/kernels");
    let mut cargo = tool(env!("CARGO"), "rustup's toolchain").args(["build", "--release", "--package", package]);
    cargo.command.current_dir(workspace).arg("--target-dir").arg(&target);
    cargo.run();
    target.join("release").join(package)
}

/// What QEMU is told to boot `kernel` directly, on `machine`, with `memory` and a command line.
pub fn boot(kernel: &Path, machine: &str, memory: &str, command_line: &str) -> Vec<String> {
    let kernel = kernel.display().to_string();
    let arguments = ["-machine", machine, "-m", memory, "-kernel", &kernel, "-append", command_line];
    arguments.map(str::to_owned).to_vec()
}
