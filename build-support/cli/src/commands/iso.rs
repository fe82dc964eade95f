//! `unikernel iso`: makes bootable ISO images.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cargo::Workspace;
use crate::disk::{DiskFormat, DiskSize};
use crate::iso::{self, Firmware};
use crate::json;
use crate::sbom::File;
use crate::table::{Align, Table, grouped};
use crate::whole_file::{self, WholeFile};

use super::command_line::joined;
use super::failure::Failure;
use super::path::shown;
use super::selection::{Deployment, Selection};
use super::{disk, output, product, sbom};

/// The version of the documents that `--json` prints.
const FORMAT: u32 = 1;

/// Make bootable ISO images.
///
/// Builds the application, checks its manifest against the declaration in the kernel, and writes `build/APP.iso` below the
/// workspace's root; with a manifest other than `manifests/APP.toml`, `build/MANIFEST-NAME.iso`. The same sources give the same
/// bytes in any folder, for any user.
///
/// With `--disk`, it writes `build/APP.raw`, a raw disk image of the given size, with which a BIOS boots from USB, NVMe and SCSI
/// disks, too. The file is sparse.
///
/// Without `-p` and `--manifest`, the application of the current folder is meant; at the root of a workspace, all of them, but
/// those with `[package.metadata.unikernel] internal = true`.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  unikernel iso\n  unikernel iso -p hello --firmware bios,uefi -o /srv/images\n  \
                        unikernel iso --manifest manifests/greet-lan.toml --sbom --json\n  \
                        unikernel iso -p hello --disk 64MiB -o hello.raw")]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// The output: a file, or an existing folder [default: build/NAME.iso, with `--disk` build/NAME.raw]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// The firmware that the image boots from: `bios`, or `bios,uefi` [default: the manifest's, else bios]
    #[arg(long, value_name = "KINDS", value_parser = firmware)]
    firmware: Option<Firmware>,

    /// Write a raw disk image of this size, such as 64MiB
    #[arg(long, value_name = "SIZE")]
    disk: Option<DiskSize>,

    /// Also write a software bill of materials beside each image, NAME.cdx.json, as CycloneDX 1.6 defines it
    #[arg(long)]
    sbom: bool,

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
    /// The path of the bill of materials, if there is one.
    sbom_path: Option<String>,
    firmware: &'static [&'static str],
    command_line: String,
    iso_bytes: u64,
    /// The size of the disk that the image was padded to, if it was.
    disk_bytes: Option<u64>,
    loaded_bytes: u64,
}

pub(super) fn firmware(text: &str) -> Result<Firmware, String> {
    Firmware::from_words(text.split(',').map(str::trim).filter(|word| !word.is_empty()))
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (workspace, deployments) = arguments.selection.all()?;
    if deployments.len() > 1
        && let Some(output) = &arguments.output
        && !output.is_dir()
    {
        return Err(Failure::Text(format!(
            "`{}` is not a directory, and there are {} images to write\nhelp: create the directory, or choose one application with `-p`",
            output.display(),
            deployments.len()
        )));
    }
    let mut all = Vec::new();
    for deployment in &deployments {
        let extension = if arguments.disk.is_some() { DiskFormat::Raw.extension() } else { "iso" };
        let path = destination(arguments.output.as_deref(), workspace.root(), deployment, extension);
        // Checked before the build, which takes long.
        if arguments.disk.is_some() {
            disk::writable(&path)?;
        } else {
            writable(&path)?;
        }
        let product = product::make(&workspace, deployment, "")?;
        let image = make(&product, "", arguments.firmware)?;
        let mut made = Vec::new();
        match arguments.disk {
            Some(size) => disk::write(&path, DiskFormat::Raw, &image, Some(size))?,
            None => {
                write(&path, &image)?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                // Of a disk, the bill lists the kernel alone: the rest of the disk is zeros.
                made.push(File::new(name, &image));
            }
        }
        output::progress("Wrote", shown(&path).display());
        let sbom =
            if arguments.sbom { Some(write_sbom(&workspace, deployment, &product, &path, &made)?) } else { None };
        all.push(Written {
            format: FORMAT,
            name: deployment.name.clone(),
            application: product.kernel.declaration().application().into(),
            path: shown(&path).display().to_string(),
            sbom_path: sbom.map(|path| shown(&path).display().to_string()),
            firmware: chosen(&product, arguments.firmware).words(),
            command_line: product.settings.command_line.clone(),
            iso_bytes: image.len() as u64,
            disk_bytes: arguments.disk.map(DiskSize::bytes),
            loaded_bytes: product.kernel.loaded_size(),
        });
    }
    output::result(&if arguments.json { json::pretty(&all) } else { table(&all).to_string() })
}

/// Writes the bill of materials of an image beside it; returns its path.
fn write_sbom(
    workspace: &Workspace,
    deployment: &Deployment,
    product: &product::Product,
    image: &Path,
    made: &[File],
) -> Result<PathBuf, Failure> {
    let document = sbom::of(workspace, &deployment.application, product, made)?;
    let path = image.with_extension("cdx.json");
    write(&path, document.as_bytes())?;
    output::progress("Wrote", shown(&path).display());
    Ok(path)
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

/// The path of a deployment's file with this extension.
pub(super) fn destination(output: Option<&Path>, root: &Path, deployment: &Deployment, extension: &str) -> PathBuf {
    let file = format!("{}.{extension}", deployment.name);
    match output {
        Some(folder) if folder.is_dir() => folder.join(file),
        Some(path) => path.into(),
        None => root.join("build").join(file),
    }
}

/// Checks that a file can be written, without writing it.
pub(super) fn writable(path: &Path) -> Result<(), Failure> {
    WholeFile::create(path).map(drop).map_err(|error| Failure::file("write", path, error))
}

/// Writes a whole file or none, so that an incomplete image is never booted.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    whole_file::write(path, bytes).map_err(|error| Failure::file("write", path, error))
}
