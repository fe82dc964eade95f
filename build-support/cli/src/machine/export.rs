//! What starts an image elsewhere: the same machine, in the words of other hypervisors.
//!
//! Each format is a function from a [`Deployment`] to a text. What a format cannot do is told in [`Exported::remarks`], which
//! are comments of the text where the format has comments; what a kernel cannot do without is an error.

mod cloud_hypervisor;
mod console;
mod firecracker;
mod kubevirt;
mod libvirt;
mod qemu;
#[cfg(test)]
mod tests;
mod virtualbox;

use std::path::Path;

use super::bridge::USUAL_TAP;
use super::hardware::{Card, Hardware, Link};

/// An image, and the machine for it.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// What the machine is called.
    pub name: &'a str,
    /// The image with the values in it, for what boots from a CD.
    pub iso: &'a Path,
    /// The kernel's ELF, for what loads it by itself.
    pub kernel: &'a Path,
    /// The boot command line that belongs to the ELF.
    pub command_line: &'a str,
    /// The machine.
    pub hardware: &'a Hardware,
    /// Whether the other host executes the guest's instructions itself, or translates them.
    pub has_kvm: bool,
}

/// Who is to start it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A shell script with QEMU's command line.
    Qemu,
    /// A domain of libvirt's, in XML.
    Libvirt,
    /// A configuration file of Firecracker's, in JSON.
    Firecracker,
    /// A shell script with Cloud Hypervisor's command line.
    CloudHypervisor,
    /// A shell script that makes a machine of VirtualBox's.
    Virtualbox,
    /// A `VirtualMachine` of KubeVirt's, in YAML.
    Kubevirt,
}

/// A machine in the words of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The whole file.
    pub text: String,
    /// What is lost there, and what has to be done there, a sentence each.
    pub remarks: Vec<String>,
}

/// Why a machine cannot be had there.
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
        }
    }

    /// Whether it starts the ELF of a machine, in place of the ISO.
    #[must_use]
    pub fn takes_kernel(self, hardware: &Hardware) -> bool {
        match self {
            Self::Firecracker | Self::CloudHypervisor => true,
            Self::Qemu => hardware.machine_type == crate::manifest::MachineType::Microvm,
            Self::Libvirt | Self::Virtualbox | Self::Kubevirt => false,
        }
    }

    /// Writes a machine in this format.
    ///
    /// # Errors
    /// Something that the application declares and that there is not there.
    pub fn write(self, deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
        console::check(self, deployment.hardware)?;
        match self {
            Self::Qemu => Ok(qemu::write(deployment)),
            Self::Libvirt => Ok(libvirt::write(deployment)),
            Self::Firecracker => firecracker::write(deployment),
            Self::CloudHypervisor => Ok(cloud_hypervisor::write(deployment)),
            Self::Virtualbox => virtualbox::write(deployment),
            Self::Kubevirt => kubevirt::write(deployment),
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

/// A size in MiB, rounded up: what most others count in.
fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// The tap of a card for who has nothing else, and what to say about it.
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
