//! `unikernel inspect`: shows the contents of an image.

use std::path::PathBuf;

use crate::audit;
use crate::elf::Kernel;
use crate::inspect::{Image, IsoSizes};
use crate::{iso, json};

use super::failure::Failure;
use super::path::shown;
use super::selection::Selection;
use super::{output, product, sbom};

/// Show the contents of an image.
///
/// Prints the declaration, the arguments with their values and kinds, the memory layout and the sizes of an ISO or of a kernel's
/// ELF. An application is built first, and shown with the values of its manifest.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  unikernel inspect build/hello.iso\n  unikernel inspect -p hello --json\n  \
                        unikernel inspect -p hello --sbom > hello.cdx.json")]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// An ISO or a kernel's ELF
    #[arg(value_name = "IMAGE", conflicts_with_all = ["package", "bin", "manifest"])]
    image: Option<PathBuf>,

    /// Print a JSON document instead of tables
    #[arg(long)]
    json: bool,

    /// Print a software bill of materials instead, in JSON, as CycloneDX 1.6 defines it: the packages, compiler libraries and
    /// embedded files of which something is in the kernel, with versions, licences and hashes
    #[arg(long, conflicts_with = "json")]
    sbom: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let show = |image: &Image<'_>| {
        output::result(&if arguments.json { json::pretty(&image.document()) } else { image.to_string() })
    };
    let Some(path) = &arguments.image else {
        let (workspace, deployment) = arguments.selection.one()?;
        let product = product::make(&workspace, &deployment, "")?;
        if arguments.sbom {
            return output::result(&sbom::of(&workspace, &deployment.application, &product, &[])?);
        }
        let line = Some(product.settings.command_line.as_str());
        let asks = audit::asks(&product.kernel);
        return show(&Image { kernel: &product.kernel, command_line: line, asks: asks.as_deref(), iso: None });
    };
    let name = shown(path).display().to_string();
    let show = |image: &Image<'_>| match arguments.sbom {
        true => Err(sbom::of_an_image(&name, image.kernel.declaration().application())),
        false => show(image),
    };
    let bytes = iso::read_file(path).map_err(|error| Failure::image(path, error))?;
    if bytes.starts_with(product::ELF_MAGIC) {
        let kernel = product::read_kernel(path)?;
        let asks = audit::asks(&kernel);
        return show(&Image { kernel: &kernel, command_line: None, asks: asks.as_deref(), iso: None });
    }
    let failure = |why: String| Failure::Text(format!("`{name}`: {why}"));
    let iso = iso::read(&bytes).map_err(|error| failure(error.to_string()))?;
    let sizes =
        IsoSizes { image_bytes: bytes.len() as u64, kernel_bytes: iso.kernel.len() as u64, firmware: iso.firmware };
    let kernel = Kernel::parse(iso.kernel).map_err(|error| failure(error.to_string()))?;
    let asks = audit::asks(&kernel);
    show(&Image { kernel: &kernel, command_line: Some(&iso.command_line), asks: asks.as_deref(), iso: Some(sizes) })
}
