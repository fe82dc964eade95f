//! The configuration of a hypervisor: a text, beside an image.

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::super::hardware;
use super::super::path::shown;
use super::super::{disk, failure::Failure, iso, output, product};
use super::Arguments;
use crate::disk::DiskFormat;
use crate::json;
use crate::machine::export::{self, Deployment, Format};
use crate::machine::ports;
use crate::whole_file::WholeFile;

pub(super) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    if let Some(path) = &arguments.output {
        iso::writable(path)?; // before the build, which takes long
    }
    let (workspace, deployment) = arguments.selection.one()?;
    let product = product::make(&workspace, &deployment, "")?;
    let line = &product.settings.command_line;
    let folder = workspace.root().join("build");
    let place = hardware::place(&deployment.name, folder.clone());
    let mut hardware = arguments.networks.plan(&product.kernel, line, &product.settings.machine, &place, false)?;
    // The ports that are free on this host now do not matter: the machine runs elsewhere and later.
    ports::settle(&mut hardware);
    hardware::make_disks(&hardware)?;
    for disk in &mut hardware.disks {
        disk.path = absolute(&disk.path)?;
    }

    let iso_path = iso::destination(None, workspace.root(), &deployment, "iso");
    let kernel_path = folder.join(format!("{}.elf", deployment.name));
    let disk_path = folder.join(format!("{}.{}", deployment.name, DiskFormat::Qcow2.extension()));
    let booted = if format.takes_kernel(&hardware) {
        iso::write(&kernel_path, &product.kernel.stripped())?;
        &kernel_path
    } else {
        let image = iso::make(&product, "", arguments.firmware)?;
        if format.takes_disk() {
            disk::write(&disk_path, DiskFormat::Qcow2, &image, arguments.disk)?;
            &disk_path
        } else {
            iso::write(&iso_path, &image)?;
            &iso_path
        }
    };
    output::progress("Wrote", shown(booted).display());
    let container_image = match &arguments.image {
        Some(image) => image.to_string(),
        None => export::container_image(&deployment.name),
    };
    let exported = format
        .write(&Deployment {
            name: &deployment.name,
            iso: &iso_path,
            kernel: &kernel_path,
            disk: &disk_path,
            image: &container_image,
            command_line: line,
            hardware: &hardware,
            has_kvm: !arguments.no_kvm,
            takes_linux: product.kernel.declaration().has_values_of("linux"),
        })
        .map_err(|error| Failure::Text(error.to_string()))?;
    for remark in &exported.remarks {
        output::progress("Note", remark);
    }
    if let Some(path) = &arguments.output {
        write(path, &exported.text).map_err(|error| Failure::file("write", path, error))?;
        output::progress("Wrote", path.display());
    }
    if !arguments.json {
        return if arguments.output.is_none() { output::result(&exported.text) } else { Ok(()) };
    }
    let mut document = arguments.document(product.kernel.declaration().application(), booted.clone());
    document.disks = hardware.disks.iter().map(|disk| disk.path.clone()).collect();
    document.files.extend(arguments.output.clone());
    document.configuration_path.clone_from(&arguments.output);
    document.configuration = arguments.output.is_none().then_some(exported.text);
    document.notes = exported.remarks;
    output::result(&json::pretty(&document))
}

/// Writes the configuration; a script is executable.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    if text.starts_with("#!") {
        file = file.executable();
    }
    file.write_all(text.as_bytes())?;
    file.finish()
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let here = env::current_dir().map_err(|error| Failure::Text(format!("cannot get the current folder: {error}")))?;
    let path = here.join(path);
    Ok(path.canonicalize().unwrap_or(path))
}
