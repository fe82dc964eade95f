//! A built application: its kernel, and its checked settings.

use std::path::{Path, PathBuf};

use crate::cargo::{self, Workspace};
use crate::elf::Kernel;
use crate::manifest::{Manifest, Settings};

use super::failure::Failure;
use super::output;
use super::path::shown;
use super::selection::Deployment;

/// The profile of images.
pub(super) const PROFILE: &str = "release";

/// The magic number of an ELF.
pub(super) const ELF_MAGIC: &[u8] = b"\x7fELF";

/// A kernel with its settings.
pub(super) struct Product {
    /// The linked kernel.
    pub(super) kernel: Kernel,
    /// Its path.
    pub(super) path: PathBuf,
    /// The values in force and the machine.
    pub(super) settings: Settings,
}

/// Builds an application and checks its manifest against the kernel; `more` is appended to the boot command line.
pub(super) fn make(workspace: &Workspace, deployment: &Deployment, more: &str) -> Result<Product, Failure> {
    make_with(workspace, deployment, more, PROFILE)
}

/// The same, with another profile.
pub(super) fn make_with(
    workspace: &Workspace,
    deployment: &Deployment,
    more: &str,
    profile: &str,
) -> Result<Product, Failure> {
    let path = build(workspace, deployment, profile)?;
    let kernel = read_kernel(&path)?;
    let settings = settings(&kernel, deployment.manifest.as_ref(), more)?;
    Ok(Product { kernel, path, settings })
}

/// Builds an application's kernel, without checking a manifest; returns its path.
pub(super) fn build(workspace: &Workspace, deployment: &Deployment, profile: &str) -> Result<PathBuf, Failure> {
    output::progress("Building", &deployment.application.name);
    Ok(cargo::build(workspace, &deployment.application, profile)?.kernel)
}

/// Reads a linked kernel.
pub(super) fn read_kernel(path: &Path) -> Result<Kernel, Failure> {
    Kernel::read(path).map_err(|error| Failure::Text(format!("`{}`: {error}", shown(path).display())))
}

/// The values of a manifest, or the defaults, checked against the kernel's declaration.
pub(super) fn settings(kernel: &Kernel, manifest: Option<&Manifest>, more: &str) -> Result<Settings, Failure> {
    let declaration = kernel.declaration();
    let manifest = manifest.cloned().unwrap_or_else(|| Manifest::none(declaration.application()));
    manifest.before(more).check(&declaration).map_err(Failure::Report)
}
