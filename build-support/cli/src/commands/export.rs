//! `unikernel export`: writes an image, and what starts it, for another hypervisor, a cluster or a cloud.
//!
//! Formats are of three kinds: a configuration, which is a text (`configuration`); a disk image (`disk`); an image of a container
//! (`container`).

mod configuration;
mod container;
mod disk;
mod options;

use std::path::PathBuf;

use crate::disk::DiskSize;
use crate::iso::Firmware;
use crate::oci::Reference;
use serde::Serialize;

use self::options::{FormatName, Kind, MonitorName};
use super::failure::Failure;
use super::hardware::Networks;
use super::iso;
use super::selection::Selection;

/// The version of the document that `--json` prints.
const FORMAT: u32 = 1;

/// Write an application for another hypervisor, a cluster or a cloud.
///
/// Builds the application, makes its image, and writes the configuration of the same machine as `unikernel run` uses: memory,
/// network cards, disks, entropy source. Unsupported features and manual steps are listed in comments and on standard error;
/// few hypervisors return the kernel's exit status.
///
/// `qcow2` and `gce` are disk images without a configuration: build/NAME.qcow2, build/NAME.tar.gz.
///
/// `oci` is a container image with the machine in it, for KubeVirt and urunc, as a folder (an OCI image layout), build/NAME.oci,
/// and as an archive for `docker load` and `podman load`, build/NAME.oci.tar. Beside them are files for `kubectl apply -f`:
/// NAME.pod.yaml, NAME.deployment.yaml, NAME.vm.yaml, NAME.vm-replicas.yaml.
///
/// To start it on another host, copy the files that the output names.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  unikernel export -p stackv4 --for qemu -o stackv4.sh && sh stackv4.sh\n  \
                  unikernel export -p stackv4 --for libvirt -o stackv4.xml && virsh create --console stackv4.xml\n  \
                  unikernel export -p stackv4 --for firecracker -o stackv4.json && firecracker --no-api --config-file \
                  stackv4.json\n  unikernel export -p stackv4 --for cloud-hypervisor --net tap=uktap0\n  \
                  unikernel export --manifest manifests/web-lan.toml --for kubevirt | kubectl apply -f -\n  \
                  unikernel export -p stackv4 --for oci --image registry.example/stackv4:1.0 && skopeo copy \
                  oci:build/stackv4.oci:1.0 docker://registry.example/stackv4:1.0\n  \
                  unikernel export -p stackv4 --for proxmox -o build/stackv4.sh   # copy it and build/stackv4.qcow2\n  \
                  unikernel export -p stackv4 --for gce --disk 1GiB\n  \
                  unikernel export -p stackv4 --for qcow2 --firmware bios,uefi -o /srv/images")]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// The hypervisor, the cluster or the cloud
    #[arg(long = "for", value_name = "FORMAT")]
    format: FormatName,

    /// The output file; scripts are made executable. For disk images, an existing folder as well; for `oci`, the folder of the
    /// layout [default: standard output; for disk images and `oci`, in build/]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The firmware that the image boots from: `bios`, or `bios,uefi` [default: the manifest's, else bios]
    #[arg(long, value_name = "KINDS", value_parser = iso::firmware)]
    firmware: Option<Firmware>,

    /// The size of the disk, for `qcow2`, `gce` and `proxmox` [default: what the image needs, at least 8MiB; for `gce`, whole
    /// GiB]
    #[arg(long, value_name = "SIZE")]
    disk: Option<DiskSize>,

    /// The name of the container image, for `oci` and `kubevirt` [default: registry.example/NAME:latest]
    #[arg(long, value_name = "IMAGE")]
    image: Option<Reference>,

    /// The monitor that urunc starts, for `oci` [default: qemu]
    #[arg(long, value_name = "MONITOR")]
    monitor: Option<MonitorName>,

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
    /// What the hypervisor boots: an ISO, a kernel's ELF, a disk image, or a layout.
    image: PathBuf,
    /// The digest of a container image.
    digest: Option<String>,
    disks: Vec<PathBuf>,
    /// The file with the configuration, or the configuration itself.
    configuration_path: Option<PathBuf>,
    configuration: Option<String>,
    /// All files that were written, but for the disks.
    files: Vec<PathBuf>,
    /// Manual steps, and what the hypervisor cannot do.
    notes: Vec<String>,
}

impl Arguments {
    /// The document about an image of an application, to be completed.
    fn document(&self, application: &str, image: PathBuf) -> Document {
        Document {
            format: FORMAT,
            application: application.into(),
            hypervisor: self.format.name(),
            files: vec![image.clone()],
            image,
            digest: None,
            disks: Vec::new(),
            configuration_path: None,
            configuration: None,
            notes: Vec::new(),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    options::check(arguments)?;
    match arguments.format.kind() {
        Kind::Configuration(format) => configuration::run(arguments, format),
        Kind::Container => container::run(arguments),
        Kind::Disk(format) => disk::run(arguments, format),
    }
}
