//! `unikernel expand`: prints the expansion of the annotation.

use std::fs;

use crate::cargo;

use super::failure::Failure;
use super::output;
use super::product::PROFILE;
use super::selection;

/// The file to which the macro writes the expansion of one binary, in the build script's output folder.
fn expansion(binary: &str) -> String {
    format!("unikernel-expansion-{binary}.rs")
}

/// Print the expansion of `#[unikernel(...)]`.
///
/// Builds the application and prints the Rust code to which the annotation of its `main` expands.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  unikernel expand -p hello\n  unikernel expand -p hello | less")]
pub(super) struct Arguments {
    /// The application, by its package's name [default: the one of this folder]
    #[arg(short, long, value_name = "APP")]
    package: Option<String>,

    /// The application, by its binary's name: where a package has several
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Features of the application's package to build it with, as those of `cargo build`
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',')]
    features: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let workspace = selection::workspace()?.with_features(arguments.features.clone());
    let application = workspace.one(arguments.package.as_deref(), arguments.bin.as_deref())?;
    let built = cargo::build(&workspace, &application, PROFILE)?;
    let path = built.out_directory.map(|folder| folder.join(expansion(&application.name))).filter(|path| path.exists());
    let path = path.ok_or_else(|| {
        Failure::Text(format!(
            "the build of `{}` left no expansion\nhelp: annotate its main with `#[unikernel(...)]`",
            application.name
        ))
    })?;
    output::result(&fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, error))?)
}
