//! The bill of materials of a built application, for `inspect --sbom` and `iso --sbom`.

use crate::cargo::{Application, Workspace};
use crate::json;
use crate::sbom::{self, File};

use super::failure::Failure;
use super::product::Product;

/// The document, in JSON; `images` are files that were made of the kernel.
pub(super) fn of(
    workspace: &Workspace,
    application: &Application,
    product: &Product,
    images: &[File],
) -> Result<String, Failure> {
    let inventory = workspace.inventory()?;
    let document = sbom::make(&product.kernel, &product.path, application, &inventory, images);
    Ok(json::pretty(&document.map_err(|error| Failure::Text(error.to_string()))?))
}

/// Why there is none of an image alone.
pub(super) fn of_an_image(image: &str, application: &str) -> Failure {
    Failure::Text(format!(
        "`{image}` does not list the packages that it was built from\nhelp: build it from its sources: `unikernel inspect -p \
         {application} --sbom`, or `unikernel iso -p {application} --sbom` for a file beside the image"
    ))
}
