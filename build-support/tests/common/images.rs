//! Kernels of this workspace, built as their images want them.

use std::path::Path;

use build_support::cargo::{self, Workspace};
use build_support::elf::Kernel;

/// This workspace.
pub(crate) fn workspace() -> Workspace {
    Workspace::find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("this workspace")
}

/// The kernel of an application. Builds wait for each other, and the second one finds the work done.
pub(crate) fn kernel(application: &str) -> Kernel {
    let workspace = workspace();
    let found = workspace.application(application).unwrap_or_else(|error| panic!("{error}"));
    let built = cargo::build(&workspace, &found, "release").unwrap_or_else(|error| panic!("`{application}`: {error}"));
    Kernel::read(&built.kernel).unwrap_or_else(|error| panic!("`{application}`: {error}"))
}
