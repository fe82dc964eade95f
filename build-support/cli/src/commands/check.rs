//! `unikernel check`: checks a manifest against its application.

use crate::elf::Kernel;

use super::failure::Failure;
use super::output;
use super::product::{self, Product};
use super::selection::Selection;

/// Check a manifest against what the application declares.
///
/// Builds the application and compares the manifest with the declaration in its kernel: unknown keys, values of the wrong kind
/// or out of range, required arguments without a value. Prints the command line that an image would carry, if any.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  unikernel check -p greet\n  unikernel check --manifest manifests/greet-lan.toml\n  \
                        unikernel check --manifest manifests/greet-lan.toml --json"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (workspace, deployment) = arguments.selection.one()?;
    let Product { kernel, settings, .. } = product::make(&workspace, &deployment, "")?;
    output::progress("Checked", format_args!("the values fit {}", described(&kernel)));
    match settings.command_line.as_str() {
        "" => Ok(()),
        line => output::result(&format!("{line}\n")),
    }
}

fn described(kernel: &Kernel) -> String {
    let declaration = kernel.declaration();
    format!("{} {}", declaration.application(), declaration.version())
}
