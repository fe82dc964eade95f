//! Configurations of the same machine for other hypervisors.
//!
//! Each format is a function from a [`Deployment`] to a text. Unsupported features are listed in [`Exported::remarks`], which
//! become comments if the format has comments. An unsupported feature that the kernel requires is an error.

mod cloud_hypervisor;
mod console;
mod firecracker;
mod kubernetes;
mod kubevirt;
mod libvirt;
mod proxmox;
mod qemu;
mod resource;
#[cfg(test)]
mod tests;
mod virtualbox;
mod yaml;

use std::path::Path;

pub use self::{
    kubernetes::Workload,
    resource::{container_image, resource_name},
};
use super::bridge::USUAL_TAP;
use super::hardware::{Card, Hardware, Link};

/// An image, and the machine for it.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// The machine's name.
    pub name: &'a str,
    /// The ISO, with the boot command line in it, for hypervisors that boot from CD.
    pub iso: &'a Path,
    /// The kernel's ELF, for hypervisors that load it directly.
    pub kernel: &'a Path,
    /// A disk image of the ISO, for hypervisors that import disks.
    pub disk: &'a Path,
    /// The name of the container image, for clusters.
    pub image: &'a str,
    /// The boot command line for the ELF.
    pub command_line: &'a str,
    /// The machine.
    pub hardware: &'a Hardware,
    /// Whether the other host has KVM.
    pub has_kvm: bool,
    /// Whether the kernel takes a boot command line as it is written for Linux.
    pub takes_linux: bool,
}

/// A hypervisor's configuration format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A shell script with QEMU's command line.
    Qemu,
    /// A libvirt domain, in XML.
    Libvirt,
    /// A Firecracker configuration file, in JSON.
    Firecracker,
    /// A shell script with Cloud Hypervisor's command line.
    CloudHypervisor,
    /// A shell script that creates a VirtualBox machine.
    Virtualbox,
    /// A KubeVirt `VirtualMachine`, in YAML.
    Kubevirt,
    /// A shell script that creates a machine on Proxmox VE.
    Proxmox,
}

/// An exported configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The whole file.
    pub text: String,
    /// Unsupported features and manual steps, one sentence each.
    pub remarks: Vec<String>,
}

/// The reason why a format cannot describe a machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsuitable(String);

impl Format {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Libvirt => "libvirt",
            Self::Firecracker => "firecracker",
            Self::CloudHypervisor => "cloud-hypervisor",
            Self::Virtualbox => "virtualbox",
            Self::Kubevirt => "kubevirt",
            Self::Proxmox => "proxmox",
        }
    }

    /// Whether it boots the ELF instead of the ISO.
    #[must_use]
    pub fn takes_kernel(self, hardware: &Hardware) -> bool {
        match self {
            Self::Firecracker | Self::CloudHypervisor => true,
            Self::Qemu => hardware.machine_type == crate::manifest::MachineType::Microvm,
            Self::Libvirt | Self::Virtualbox | Self::Kubevirt | Self::Proxmox => false,
        }
    }

    /// Whether it boots a disk image of the ISO.
    #[must_use]
    pub const fn takes_disk(self) -> bool {
        matches!(self, Self::Proxmox)
    }

    /// Exports a machine in this format.
    ///
    /// # Errors
    /// Returns an error if the hypervisor lacks something that the application declares.
    pub fn write(self, deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
        console::check(self, deployment.hardware)?;
        match self {
            Self::Qemu => Ok(qemu::write(deployment)),
            Self::Libvirt => Ok(libvirt::write(deployment)),
            Self::Firecracker => firecracker::write(deployment),
            Self::CloudHypervisor => Ok(cloud_hypervisor::write(deployment)),
            Self::Virtualbox => virtualbox::write(deployment),
            Self::Kubevirt => kubevirt::write(deployment),
            Self::Proxmox => proxmox::write(deployment),
        }
    }
}

/// A shell script: what it is, the remarks as comments, and its commands.
fn script(what: &str, remarks: Vec<String>, commands: &str) -> Exported {
    let remarks_text = comments("# ", &remarks);
    Exported { text: format!("#!/bin/sh\n# {what}\n{remarks_text}set -eu\n\n{commands}"), remarks }
}

/// A line for each remark.
fn comments(mark: &str, remarks: &[String]) -> String {
    remarks.iter().map(|remark| format!("{mark}{remark}\n")).collect()
}

/// A command with an option in each line.
fn command(program: &str, options: &[String]) -> String {
    format!("{program} \\\n    {}\n", options.join(" \\\n    "))
}

/// Says that a machine has not the strings of SMBIOS that its manifest gives it.
fn without_smbios(hardware: &Hardware, remarks: &mut Vec<String>) {
    if !hardware.smbios.is_empty() {
        remarks.push("The strings of SMBIOS are not passed on: write their values in `[args]` of the manifest.".into());
    }
}

/// A size in MiB, rounded up: the unit of most hypervisors.
fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// The tap of a card, for hypervisors without a user network; adds the remarks about it.
fn tap(index: usize, card: &Card, remarks: &mut Vec<String>) -> String {
    match &card.link {
        Link::Tap(tap) => tap.clone(),
        Link::User { v4, forward, .. } => {
            let tap = format!("{}{index}", USUAL_TAP.trim_end_matches('0'));
            let (host, prefix) = (v4.host, v4.prefix);
            remarks.push(format!(
                "`{}` is connected to the tap {tap}: create it with `unikernel net up --tap {tap} --address {host}/{prefix}`.",
                card.name
            ));
            if !forward.is_empty() {
                remarks.push(format!("No ports are forwarded: reach `{}` at its own address.", card.name));
            }
            tap
        }
    }
}
