//! KubeVirt's machines. <https://kubevirt.io/api-reference/>, `kubevirt.io/v1`
//!
//! A `VirtualMachine` boots the ISO, a `containerDisk`, which has its values in it. The replicas of a
//! `VirtualMachineInstanceReplicaSet` boot the kernel, with the values in `kernelArgs`.

mod document;

use std::net::Ipv4Addr;

use self::document::{
    Bus, Claim, ContainerDisk, Cpu, Device, Devices, Disk, Domain, Empty, Firmware, Interface, InterfaceModel,
    KernelBoot, KernelContainer, Labels, Machine, Memory, Metadata, Multus, Network, PodNetwork, Port, Probe,
    ReplicaSet, ReplicaSetSpec, Selector, Source, Spec, Template, TemplateMetadata, TemplateSpec, Uplink,
    VirtualMachine, Volume, VolumeSource,
};
use super::resource::{REPLICAS, annotations, open_ports, probe, resource_name};
use super::{Deployment, Exported, Unsuitable, comments, console, without_smbios, yaml};
use crate::machine::hardware::{Console, Hardware, Link};

const API_VERSION: &str = "kubevirt.io/v1";
/// The label by which KubeVirt's own examples select machines.
pub(super) const LABEL: &str = "kubevirt.io/domain";

const STATUS: &str = "The exit status is only on the console, which `virtctl console` shows; KubeVirt only sees that the machine is off.";

/// What a machine boots.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Boot {
    /// The ISO, as a CD.
    Cd,
    /// The kernel at this path of the image.
    Kernel(&'static str),
}

/// A machine whose image is made by hand.
pub(super) fn write(deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
    let iso = deployment.iso.file_name().unwrap_or_default().to_string_lossy();
    let how = format!(
        "The image is a container: `FROM scratch`, `ADD --chown=107:107 {iso} /disk/`, pushed under the name below."
    );
    let mut remarks = vec![STATUS.into(), how];
    let machine = machine(deployment, &mut remarks)?;
    Ok(Exported { text: comments("# ", &remarks) + &machine, remarks })
}

/// A machine that boots the ISO.
pub(super) fn machine(deployment: &Deployment<'_>, remarks: &mut Vec<String>) -> Result<String, Unsuitable> {
    let name = resource_name(deployment.name);
    let template = template(deployment, Boot::Cd, remarks)?;
    Ok(yaml::write(&VirtualMachine {
        api_version: API_VERSION,
        kind: "VirtualMachine",
        metadata: Metadata { name },
        spec: Spec { run_strategy: "RerunOnFailure", template },
    }))
}

/// Several machines that boot the kernel at `path` of the image.
pub(super) fn replicas(
    deployment: &Deployment<'_>,
    path: &'static str,
    remarks: &mut Vec<String>,
) -> Result<String, Unsuitable> {
    let name = resource_name(deployment.name);
    if let Some(disk) = deployment.hardware.disks.iter().find(|disk| !disk.read_only) {
        return Err(Unsuitable(format!(
            "several machines cannot write to the disk `{}`\nhelp: use the VirtualMachine, or declare `{}` with `read_only`",
            disk.name, disk.name
        )));
    }
    let template = template(deployment, Boot::Kernel(path), remarks)?;
    let selector = Selector { match_labels: template.metadata.labels.clone() };
    Ok(yaml::write(&ReplicaSet {
        api_version: API_VERSION,
        kind: "VirtualMachineInstanceReplicaSet",
        metadata: Metadata { name },
        spec: ReplicaSetSpec { replicas: REPLICAS, selector, template },
    }))
}

/// The remark about the status.
pub(super) fn status() -> String {
    STATUS.into()
}

fn template(deployment: &Deployment<'_>, boot: Boot, remarks: &mut Vec<String>) -> Result<Template, Unsuitable> {
    let hardware = deployment.hardware;
    let name = resource_name(deployment.name);
    let image = deployment.image.to_owned();
    without_smbios(hardware, remarks);
    let (mut disks, mut volumes) = (Vec::new(), Vec::new());
    let mut firmware = None;
    match boot {
        Boot::Cd => {
            let device = Device::Cdrom { bus: Bus::Sata };
            disks.push(Disk { name: "boot".into(), boot_order: Some(1), serial: None, device });
            let source = VolumeSource::ContainerDisk(ContainerDisk { image });
            volumes.push(Volume { name: "boot".into(), source });
        }
        Boot::Kernel(kernel_path) => {
            let container = KernelContainer { image, kernel_path };
            let kernel_boot = KernelBoot { container, kernel_args: deployment.command_line.into() };
            firmware = Some(Firmware { kernel_boot });
        }
    }
    for disk in &hardware.disks {
        let disk_name = resource_name(&disk.name);
        let claim_name = format!("{name}-{disk_name}");
        remarks.push(format!(
            "The disk `{}` is the claim {claim_name}: `virtctl image-upload pvc {claim_name} ...`.",
            disk.name
        ));
        let device = Device::Disk { bus: Bus::Virtio, readonly: disk.read_only };
        disks.push(Disk { name: disk_name.clone(), boot_order: None, serial: disk.serial.clone(), device });
        volumes.push(Volume { name: disk_name, source: VolumeSource::PersistentVolumeClaim(Claim { claim_name }) });
    }
    let (mut interfaces, mut networks) = (Vec::new(), Vec::new());
    for index in 0..hardware.cards.len() {
        let (interface, network) = net(index, hardware, boot, remarks)?;
        interfaces.push(interface);
        networks.push(network);
    }
    let devices = Devices {
        autoattach_graphics_device: console::has(hardware, Console::Screen),
        autoattach_mem_balloon: false,
        autoattach_pod_interface: false,
        rng: hardware.has_entropy.then_some(Empty {}),
        disks,
        interfaces,
    };
    let domain = Domain {
        machine: Machine { kind: "q35" },
        firmware,
        cpu: Cpu { cores: hardware.cpus },
        memory: Memory { guest: format!("{}Ki", hardware.memory_bytes.div_ceil(1 << 10)) },
        devices,
    };
    // One machine is what it is; of several, only those that answer are to be asked.
    let question = probe(hardware, "/readyz").filter(|_| boot != Boot::Cd);
    let readiness_probe = question.map(|question| Probe { question, period_seconds: 5 });
    let metadata = TemplateMetadata { labels: Labels { domain: name }, annotations: annotations(hardware) };
    Ok(Template { metadata, spec: TemplateSpec { domain, readiness_probe, networks, volumes } })
}

/// The two ends of a card: its `interfaces` and its `networks`.
fn net(
    index: usize,
    hardware: &Hardware,
    boot: Boot,
    remarks: &mut Vec<String>,
) -> Result<(Interface, Network), Unsuitable> {
    let card = &hardware.cards[index];
    let name = resource_name(&card.name);
    let interface = |mac_address, uplink, ports| Interface {
        name: name.clone(),
        model: InterfaceModel::Virtio,
        mac_address,
        uplink,
        ports,
    };
    let v4 = match &card.link {
        Link::User { v4, .. } if index == 0 => v4,
        Link::User { .. } | Link::Tap(_) => {
            remarks.push(format!(
                "`{}` is connected to the NetworkAttachmentDefinition \"{name}\", which must exist.",
                card.name
            ));
            let network_name = name.clone();
            let network = Network { name: name.clone(), source: Source::Multus(Multus { network_name }) };
            // On one network, each replica has an address of its own.
            let mac = (boot == Boot::Cd).then(|| card.mac_text());
            return Ok((interface(mac, Uplink::Bridge(Empty {}), Vec::new()), network));
        }
    };
    // The network of a pod's guest: the gateway is the first address in it, and the guest the second.
    let guest = Ipv4Addr::from_bits(v4.network.to_bits() + 2);
    if let Some((address, _)) = card.address.filter(|(address, _)| *address != guest) {
        return Err(Unsuitable(format!(
            "`{0}` has the address {address}, and KubeVirt gives a guest the second one of its network, {guest}\nhelp: declare \
             `{0}.dhcp = true`, or the address {guest}, in the manifest",
            card.name
        )));
    }
    let ports = open_ports(hardware).into_iter();
    let ports = ports.map(|(protocol, port)| Port { port, protocol: protocol.name().to_uppercase() });
    let interface = interface(Some(card.mac_text()), Uplink::Masquerade(Empty {}), ports.collect());
    let vm_network_cidr = format!("{}/{}", v4.network, v4.prefix);
    Ok((interface, Network { name, source: Source::Pod(PodNetwork { vm_network_cidr }) }))
}
