//! A disk image, with the values of the manifest in it.

use super::super::path::shown;
use super::super::{disk, failure::Failure, iso, output, product};
use super::Arguments;
use crate::disk::DiskFormat;
use crate::json;
use crate::machine::export::resource_name;

pub(super) fn run(arguments: &Arguments, format: DiskFormat) -> Result<(), Failure> {
    let (workspace, deployment) = arguments.selection.one()?;
    let path = iso::destination(arguments.output.as_deref(), workspace.root(), &deployment, format.extension());
    // Before the build, which takes long.
    disk::writable(&path)?;
    disk::check(format, arguments.disk, 0)?;
    let product = product::make(&workspace, &deployment, "")?;
    disk::write(&path, format, &iso::make(&product, "", arguments.firmware)?, arguments.disk)?;
    output::progress("Wrote", shown(&path).display());
    let mut notes = vec!["The exit status is only on the console.".to_owned()];
    if format == DiskFormat::Gce {
        notes.push(format!(
            "Import it with `gcloud storage cp {file} gs://BUCKET/` and `gcloud compute images create {image} --source-uri \
             gs://BUCKET/{base}`.",
            file = shown(&path).display(),
            image = resource_name(&deployment.name),
            base = path.file_name().unwrap_or_default().display(),
        ));
    }
    for note in &notes {
        output::progress("Note", note);
    }
    if !arguments.json {
        return Ok(());
    }
    let mut document = arguments.document(product.kernel.declaration().application(), path);
    document.notes = notes;
    output::result(&json::pretty(&document))
}
