//! `unikernel check`: checks a manifest against its application.

use serde::Serialize;

use crate::elf::Kernel;
use crate::json;
use crate::manifest::FaultDocument;

use super::failure::Failure;
use super::output;
use super::product::{self, Product};
use super::selection::Selection;

/// The version of the document that `--json` prints.
const FORMAT: u32 = 1;

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

    /// Print a JSON document, with the errors of the manifest if it has some
    #[arg(long)]
    json: bool,
}

/// The result of a check. `application` and `version` are `null`, and `command_line` too, where the manifest has errors. Fields
/// may be added; a change to what there is raises `format`.
#[derive(Debug, Serialize)]
struct Document {
    format: u32,
    valid: bool,
    application: Option<String>,
    version: Option<String>,
    command_line: Option<String>,
    faults: Vec<FaultDocument>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let checked = check(arguments);
    if arguments.json {
        let document = match &checked {
            Ok(product) => Some(Document::valid(product)),
            Err(Failure::Report(report)) => Some(Document::invalid(report.document())),
            // Not about the manifest: there is nothing to describe.
            Err(Failure::Text(_)) => None,
        };
        document.map_or(Ok(()), |document| output::result(&json::pretty(&document)))?;
    }
    let product = checked?;
    output::progress("Checked", format_args!("the values fit {}", described(&product.kernel)));
    match product.settings.command_line.as_str() {
        line if arguments.json || line.is_empty() => Ok(()),
        line => output::result(&format!("{line}\n")),
    }
}

fn check(arguments: &Arguments) -> Result<Product, Failure> {
    let (workspace, deployment) = arguments.selection.one()?;
    product::make(&workspace, &deployment, "")
}

impl Document {
    fn valid(product: &Product) -> Self {
        let declaration = product.kernel.declaration();
        Self {
            format: FORMAT,
            valid: true,
            application: Some(declaration.application().into()),
            version: Some(declaration.version().into()),
            command_line: Some(product.settings.command_line.clone()),
            faults: Vec::new(),
        }
    }

    const fn invalid(faults: Vec<FaultDocument>) -> Self {
        Self { format: FORMAT, valid: false, application: None, version: None, command_line: None, faults }
    }
}

fn described(kernel: &Kernel) -> String {
    let declaration = kernel.declaration();
    format!("{} {}", declaration.application(), declaration.version())
}
