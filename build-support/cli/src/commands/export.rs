//! `unikernel export`: writes the configuration of another hypervisor.

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::json;
use crate::machine::export::{Deployment, Format};
use crate::machine::ports;
use crate::whole_file::WholeFile;
use clap::ValueEnum;
use serde::Serialize;

use super::failure::Failure;
use super::hardware::{self, Networks};
use super::path::shown;
use super::selection::Selection;
use super::{iso, output, product};

/// The version of the document that `--json` prints.
const FORMAT: u32 = 1;

/// Write the configuration that starts an application on another hypervisor.
///
/// Builds the application, makes its image, and writes the configuration of the same machine as `unikernel run` uses: memory,
/// network cards, disks, entropy source. Unsupported features and manual steps are listed in comments and on standard error;
/// few hypervisors return the kernel's exit status.
///
/// To start it on another host, copy the files that the output names.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  unikernel export -p stackv4 --for qemu -o stackv4.sh && sh stackv4.sh\n  \
                  unikernel export -p stackv4 --for libvirt -o stackv4.xml && virsh create --console stackv4.xml\n  \
                  unikernel export -p stackv4 --for firecracker -o stackv4.json && firecracker --no-api --config-file \
                  stackv4.json\n  unikernel export -p stackv4 --for cloud-hypervisor --net tap=uktap0\n  \
                  unikernel export --manifest manifests/web-lan.toml --for kubevirt | kubectl apply -f -")]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// The hypervisor
    #[arg(long = "for", value_name = "FORMAT")]
    format: FormatName,

    /// The output file; scripts are made executable [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The other host has no KVM: use QEMU's TCG
    #[arg(long)]
    no_kvm: bool,

    /// Print a JSON document: the files that were written, the disks, and the manual steps
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    networks: Networks,
}

/// What was exported. Fields may be added; a change to what there is raises `format`.
#[derive(Debug, Serialize)]
struct Document {
    format: u32,
    application: String,
    hypervisor: String,
    /// The file that the hypervisor boots: an ISO or a kernel's ELF.
    image: PathBuf,
    disks: Vec<PathBuf>,
    /// The file with the configuration, or the configuration itself.
    configuration_path: Option<PathBuf>,
    configuration: Option<String>,
    /// Manual steps, and what the hypervisor cannot do.
    notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// A shell script with QEMU's command line
    Qemu,
    /// A libvirt domain, in XML
    Libvirt,
    /// A Firecracker configuration file, in JSON
    Firecracker,
    /// A shell script with Cloud Hypervisor's command line
    CloudHypervisor,
    /// A shell script of `VBoxManage` commands
    Virtualbox,
    /// A KubeVirt `VirtualMachine`, in YAML
    Kubevirt,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Qemu => Self::Qemu,
            FormatName::Libvirt => Self::Libvirt,
            FormatName::Firecracker => Self::Firecracker,
            FormatName::CloudHypervisor => Self::CloudHypervisor,
            FormatName::Virtualbox => Self::Virtualbox,
            FormatName::Kubevirt => Self::Kubevirt,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let format = Format::from(arguments.format);
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

    let image = iso::destination(None, workspace.root(), &deployment, "iso");
    let kernel = folder.join(format!("{}.elf", deployment.name));
    let booted = if format.takes_kernel(&hardware) {
        iso::write(&kernel, &product.kernel.stripped())?;
        &kernel
    } else {
        iso::write(&image, &iso::make(&product, "", None)?)?;
        &image
    };
    output::progress("Wrote", shown(booted).display());
    let exported = format
        .write(&Deployment {
            name: &deployment.name,
            iso: &image,
            kernel: &kernel,
            command_line: line,
            hardware: &hardware,
            has_kvm: !arguments.no_kvm,
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
    let name = arguments.format.to_possible_value().map(|value| value.get_name().to_owned());
    output::result(&json::pretty(&Document {
        format: FORMAT,
        application: product.kernel.declaration().application().into(),
        hypervisor: name.unwrap_or_default(),
        image: booted.clone(),
        disks: hardware.disks.iter().map(|disk| disk.path.clone()).collect(),
        configuration_path: arguments.output.clone(),
        configuration: arguments.output.is_none().then_some(exported.text),
        notes: exported.remarks.iter().map(ToString::to_string).collect(),
    }))
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
