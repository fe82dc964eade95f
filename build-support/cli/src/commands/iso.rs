//! `unikernel iso`: makes bootable ISO images.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::iso::{self, Firmware};
use crate::json;
use crate::table::{Align, Table, grouped};
use tempfile::NamedTempFile;

use super::command_line::joined;
use super::failure::Failure;
use super::output;
use super::path::shown;
use super::product;
use super::selection::{Deployment, Selection};

/// The version of the documents that `--json` prints.
const FORMAT: u32 = 1;

/// Make bootable ISO images.
///
/// Builds the application, checks its manifest against the declaration in the kernel, and writes `build/APP.iso` below the
/// workspace's root; with a manifest other than `manifests/APP.toml`, `build/MANIFEST-NAME.iso`. The same sources give the same
/// bytes in any folder, for any user.
///
/// Without `-p` and `--manifest`, the application of the current folder is meant; at the root of a workspace, all of them, but
/// those with `[package.metadata.unikernel] internal = true`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// The output: a file, or an existing folder [default: build/NAME.iso]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// The firmware that the image boots from: `bios`, or `bios,uefi` [default: the manifest's, else bios]
    #[arg(long, value_name = "KINDS", value_parser = firmware)]
    firmware: Option<Firmware>,

    /// Print a JSON list, with a document for each image, instead of the table
    #[arg(long)]
    json: bool,
}

/// An image that was written: an item of the list that `--json` prints. Fields may be added; a change to what there is raises
/// `format`.
#[derive(Serialize)]
struct Written {
    format: u32,
    /// The name of the deployment: the application's, or its manifest's.
    name: String,
    application: String,
    /// The path of the image, relative to the current folder if it is below it.
    path: String,
    firmware: &'static [&'static str],
    command_line: String,
    iso_bytes: u64,
    loaded_bytes: u64,
}

fn firmware(text: &str) -> Result<Firmware, String> {
    Firmware::from_words(text.split(',').map(str::trim).filter(|word| !word.is_empty()))
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (workspace, deployments) = arguments.selection.all()?;
    if deployments.len() > 1
        && let Some(output) = &arguments.output
        && !output.is_dir()
    {
        return Err(Failure::Text(format!(
            "`{}` is no folder, and there are {} images to write\nhelp: choose one application with `-p`",
            output.display(),
            deployments.len()
        )));
    }
    let mut all = Vec::new();
    for deployment in &deployments {
        let path = destination(arguments.output.as_deref(), workspace.root(), deployment);
        // Checked before the build, which takes long.
        drop(new_file_beside(&path)?);
        let product = product::make(&workspace, deployment, "")?;
        let image = make(&product, "", arguments.firmware)?;
        write(&path, &image)?;
        output::progress("Wrote", shown(&path).display());
        all.push(Written {
            format: FORMAT,
            name: deployment.name.clone(),
            application: product.kernel.declaration().application().into(),
            path: shown(&path).display().to_string(),
            firmware: chosen(&product, arguments.firmware).words(),
            command_line: product.settings.command_line.clone(),
            iso_bytes: image.len() as u64,
            loaded_bytes: product.kernel.loaded_size(),
        });
    }
    output::result(&if arguments.json { json::pretty(&all) } else { table(&all).to_string() })
}

fn table(all: &[Written]) -> Table {
    let mut table = Table::new([Align::Left, Align::Left, Align::Right, Align::Right]);
    table.row(["name", "image", "ISO bytes", "loaded bytes"]);
    for image in all {
        table.row([image.name.clone(), image.path.clone(), grouped(image.iso_bytes), grouped(image.loaded_bytes)]);
    }
    table
}

/// The firmware of the option, else the manifest's.
fn chosen(product: &product::Product, firmware: Option<Firmware>) -> Firmware {
    firmware.or(product.settings.image.firmware).unwrap_or_default()
}

/// The image of a product, with `more` appended to its command line; `firmware` overrides the manifest's.
pub(super) fn make(product: &product::Product, more: &str, firmware: Option<Firmware>) -> Result<Vec<u8>, Failure> {
    let line = joined(&product.settings.command_line, more);
    iso::write_for(&product.kernel, &line, chosen(product, firmware)).map_err(|error| Failure::Text(error.to_string()))
}

/// The path of a deployment's image.
pub(super) fn destination(output: Option<&Path>, root: &Path, deployment: &Deployment) -> PathBuf {
    let file = format!("{}.iso", deployment.name);
    match output {
        Some(folder) if folder.is_dir() => folder.join(file),
        Some(path) => path.into(),
        None => root.join("build").join(file),
    }
}

/// Writes a file atomically, so that an incomplete image is never booted.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        // A device, such as a USB stick, is written to, not replaced by a file.
        return fs::write(path, bytes).map_err(|error| Failure::file("write", path, error));
    }
    let mut file = new_file_beside(path)?;
    file.write_all(bytes).map_err(|error| Failure::file("write", path, error))?;
    file.persist(path).map_err(|error| Failure::file("write", path, error.error))?;
    Ok(())
}

/// A temporary file in the folder of `path`, which is created if it is missing.
fn new_file_beside(path: &Path) -> Result<NamedTempFile, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::file("write", path, format_args!("`{}` is no folder", shown(folder).display())));
    }
    let failure = |error| Failure::file("write", path, error);
    fs::create_dir_all(folder).map_err(failure)?;
    // The usual permissions, as the umask allows, instead of the private ones of a temporary file.
    tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder).map_err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_written_to_and_stays_what_it_is() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("coreutils");
        assert!(made.success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe)
        });
        write(&pipe, b"image").unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(reader.join().expect("does not panic").expect("reads"), b"image");
        assert!(fs::metadata(&pipe).expect("there").file_type().is_fifo());
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/hello.iso");
        write(&path, b"first").expect("the folder is made");
        write(&path, b"second").expect("the file is replaced");
        assert_eq!(fs::read(&path).expect("written"), b"second");
        assert_eq!(fs::read_dir(folder.path().join("new")).expect("a folder").count(), 1);

        let below_a_file = path.join("hello.iso");
        let Err(Failure::Text(text)) = write(&below_a_file, b"third") else { panic!("a file is no folder") };
        assert_eq!(text, format!("cannot write `{}`: `{}` is no folder", below_a_file.display(), path.display()));
        assert_eq!(fs::read(&path).expect("untouched"), b"second");
    }
}
