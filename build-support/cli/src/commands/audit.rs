//! `unikernel audit`: checks that a kernel contains nothing undeclared and is within its size budget.

use std::path::PathBuf;

use crate::audit::{self, Audit, Budget, Limits};
use crate::cargo::{self, Application, Workspace};
use crate::elf::Kernel;
use crate::table::grouped;
use crate::{iso, json};

use super::failure::Failure;
use super::path::shown;
use super::product::{self, PROFILE};
use super::{output, selection};

/// Prove that a kernel contains only what its application declares.
///
/// Builds the applications and attributes every loaded byte of their kernels to a component of the runtime, to a dependency or to
/// the application itself. Fails when a byte belongs to a component that was neither declared nor pulled in by one that was, when
/// more than 1 % cannot be attributed, or when an application has outgrown its budget, `loaded` and `iso` of
/// `[package.metadata.unikernel.budget]` in its Cargo.toml.
///
/// Of a program of the standard library, it says as well what that asks of the system: the functions of C that it calls, by family,
/// and who calls them.
///
/// Without `-p`, the application of the current folder is meant; at the root of a workspace, all of them, but those with
/// `[package.metadata.unikernel] internal = true`.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  unikernel audit -p hello\n  unikernel audit -p hello -p stackv4 --json\n  \
                        unikernel audit target/unikernel/release/hello")]
pub(super) struct Arguments {
    /// An application, by its package's name; may be repeated
    #[arg(short, long = "package", value_name = "APP")]
    packages: Vec<String>,

    /// An application, by its binary's name; may be repeated
    #[arg(long = "bin", value_name = "NAME")]
    binaries: Vec<String>,

    /// A kernel's linked, unstripped ELF, to be audited without a budget
    #[arg(value_name = "KERNEL", conflicts_with_all = ["packages", "binaries"])]
    kernel: Option<PathBuf>,

    /// Features of the applications' packages to build them with, as those of `cargo build`
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',', conflicts_with = "kernel")]
    features: Vec<String>,

    /// Print a JSON list, with a document for each kernel, instead of tables
    #[arg(long)]
    json: bool,
}

/// A kernel and its audit.
struct Audited {
    audit: Audit,
    limits: Limits,
    faults: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut all = Vec::new();
    let mut add = |audited: Audited| {
        if !arguments.json {
            show(&audited.audit, all.len())?;
        }
        all.push(audited);
        Ok::<_, Failure>(())
    };
    if let Some(path) = &arguments.kernel {
        let audit = audit(&product::read_kernel(path)?)?;
        let faults = audit.faults();
        add(Audited { audit, limits: Limits::default(), faults })?;
    } else {
        let workspace = selection::workspace()?.with_features(arguments.features.clone());
        for application in selected(&workspace, &arguments.packages, &arguments.binaries)? {
            add(one(&workspace, &application)?)?;
        }
    }
    if arguments.json {
        let documents = all.iter().map(|audited| audited.audit.document(audited.limits, &audited.faults));
        output::result(&json::pretty(&documents.collect::<Vec<_>>()))?;
    }
    outcome(all.into_iter().flat_map(|audited| audited.faults).collect())
}

/// The applications that are named: binaries of one package or of any, the default ones of packages, or all that are meant here.
fn selected(workspace: &Workspace, packages: &[String], binaries: &[String]) -> Result<Vec<Application>, Failure> {
    let found = match (packages, binaries) {
        ([], []) => workspace.meant(),
        (packages, []) => packages.iter().map(|package| workspace.application(package)).collect(),
        ([], binaries) => binaries.iter().map(|name| workspace.binary(None, name)).collect(),
        ([package], binaries) => binaries.iter().map(|name| workspace.binary(Some(package), name)).collect(),
        _ => return Err(Failure::Text("with several packages, `--bin` is ambiguous\nhelp: name one package".into())),
    };
    Ok(found?)
}

/// Builds and audits one application.
fn one(workspace: &Workspace, application: &Application) -> Result<Audited, Failure> {
    let budget = Budget::read(&application.metadata).map_err(|fault| {
        let manifest = application.directory.join("Cargo.toml");
        Failure::Text(format!("`{}`: {fault}", shown(&manifest).display()))
    })?;
    output::progress("Building", &application.name);
    let built = cargo::build(workspace, application, PROFILE)?;
    let kernel = product::read_kernel(&built.kernel)?;
    let audit = audit(&kernel)?;
    // The command line has a place of its own in an image, so that its length makes no difference.
    let image = iso::write(&kernel, "").map_err(|error| Failure::Text(error.to_string()))?;
    let mut faults = audit.faults();
    faults.extend(budget.faults(&application.name, kernel.loaded_size(), image.len() as u64));
    Ok(Audited { audit, limits: Limits { budget, iso_bytes: Some(image.len() as u64) }, faults })
}

fn audit(kernel: &Kernel) -> Result<Audit, Failure> {
    audit::audit(kernel).map_err(|error| Failure::Text(error.to_string()))
}

fn show(audit: &Audit, index: usize) -> Result<(), Failure> {
    let blank = if index == 0 { "" } else { "\n" };
    let asks = audit.asks_table().map_or_else(String::new, |table| format!("\nasks of the system\n{table}"));
    let loaded = grouped(audit.loaded_bytes());
    output::result(&format!("{blank}{}: {loaded} bytes\n{}{asks}", audit.application, audit.table()))
}

/// All faults at once.
fn outcome(mut faults: Vec<String>) -> Result<(), Failure> {
    let Some(last) = faults.pop() else { return Ok(()) };
    for fault in faults {
        output::failure(&Failure::Text(fault));
    }
    Err(Failure::Text(last))
}
