//! The formats, and which options each of them has.

use clap::ValueEnum;

use super::super::failure::Failure;
use super::Arguments;
use crate::disk::DiskFormat;
use crate::machine::export::Format;
use crate::oci::Monitor;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatName {
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
    /// A container image for Kubernetes with KubeVirt or urunc, and what starts it there, in YAML
    Oci,
    /// A shell script of `qm` for Proxmox VE, and the disk image that it imports
    Proxmox,
    /// A disk image for Google Compute Engine: a compressed archive of a raw disk
    Gce,
    /// A disk image in QEMU's format
    Qcow2,
}

/// What a format is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Configuration(Format),
    Container,
    Disk(DiskFormat),
}

impl FormatName {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Qemu => Kind::Configuration(Format::Qemu),
            Self::Libvirt => Kind::Configuration(Format::Libvirt),
            Self::Firecracker => Kind::Configuration(Format::Firecracker),
            Self::CloudHypervisor => Kind::Configuration(Format::CloudHypervisor),
            Self::Virtualbox => Kind::Configuration(Format::Virtualbox),
            Self::Kubevirt => Kind::Configuration(Format::Kubevirt),
            Self::Proxmox => Kind::Configuration(Format::Proxmox),
            Self::Oci => Kind::Container,
            Self::Gce => Kind::Disk(DiskFormat::Gce),
            Self::Qcow2 => Kind::Disk(DiskFormat::Qcow2),
        }
    }

    /// Its name on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// A monitor of urunc's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MonitorName {
    Qemu,
    Firecracker,
    CloudHypervisor,
}

impl From<MonitorName> for Monitor {
    fn from(name: MonitorName) -> Self {
        match name {
            MonitorName::Qemu => Self::Qemu,
            MonitorName::Firecracker => Self::Firecracker,
            MonitorName::CloudHypervisor => Self::CloudHypervisor,
        }
    }
}

/// Rejects options that would have no effect.
pub(super) fn check(arguments: &Arguments) -> Result<(), Failure> {
    use FormatName::{Gce, Kubevirt, Libvirt, Oci, Proxmox, Qcow2, Qemu};
    let options: [(&str, bool, &[FormatName]); 4] = [
        ("--disk", arguments.disk.is_some(), &[Proxmox, Gce, Qcow2]),
        ("--image", arguments.image.is_some(), &[Kubevirt, Oci]),
        ("--monitor", arguments.monitor.is_some(), &[Oci]),
        // The other hypervisors have always ignored it: all of them need KVM, or know better.
        ("--no-kvm", arguments.no_kvm && matches!(arguments.format, Oci | Proxmox | Gce | Qcow2), &[Qemu, Libvirt]),
    ];
    let format = arguments.format;
    if let Some((option, _, known)) = options.iter().find(|(_, is_given, known)| *is_given && !known.contains(&format))
    {
        let known: Vec<_> = known.iter().map(|format| format!("`{}`", format.name())).collect();
        return Err(Failure::Text(format!(
            "`{option}` has no effect on `--for {}`\nhelp: leave it out; it is for {}",
            format.name(),
            known.join(" and ")
        )));
    }
    if matches!(format, Gce | Qcow2) && !arguments.networks.is_empty() {
        return Err(Failure::Text(format!(
            "`--for {}` is a disk image, which knows nothing of networks\nhelp: leave `--net` and `--forward` out",
            format.name()
        )));
    }
    Ok(())
}
