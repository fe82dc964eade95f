//! A KubeVirt `VirtualMachine`. <https://kubevirt.io/api-reference/>, `kubevirt.io/v1`

mod document;
mod yaml;

use std::net::Ipv4Addr;

use self::document::{
    Bus, Claim, ContainerDisk, Cpu, Device, Devices, Disk, Domain, Empty, Interface, InterfaceModel, Labels, Machine,
    Memory, Metadata, Multus, Network, PodNetwork, Port, Source, Spec, Template, TemplateMetadata, TemplateSpec,
    Uplink, VirtualMachine, Volume, VolumeSource,
};
use super::{Deployment, Exported, Unsuitable, comments, console};
use crate::machine::hardware::{Card, Console, Link};

pub(super) fn write(deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
    let hardware = deployment.hardware;
    let name = resource_name(deployment.name);
    let iso = deployment.iso.file_name().unwrap_or_default().to_string_lossy();
    let mut remarks = vec![
        "The exit status is only on the console, which `virtctl console` shows; KubeVirt only sees that the machine is off."
            .into(),
        format!("The image is a container: `FROM scratch`, `ADD --chown=107:107 {iso} /disk/`, pushed under the name below."),
    ];
    let mut disks =
        vec![Disk { name: "boot".into(), boot_order: Some(1), serial: None, device: Device::Cdrom { bus: Bus::Sata } }];
    let image = format!("registry.example/{name}:latest");
    let mut volumes =
        vec![Volume { name: "boot".into(), source: VolumeSource::ContainerDisk(ContainerDisk { image }) }];
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
    for (index, card) in hardware.cards.iter().enumerate() {
        let (interface, network) = net(index, card, &mut remarks)?;
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
        cpu: Cpu { cores: hardware.cpus },
        memory: Memory { guest: format!("{}Ki", hardware.memory_bytes.div_ceil(1 << 10)) },
        devices,
    };
    let metadata = TemplateMetadata { labels: Labels { domain: name.clone() } };
    let template = Template { metadata, spec: TemplateSpec { domain, networks, volumes } };
    let machine = VirtualMachine {
        api_version: "kubevirt.io/v1",
        kind: "VirtualMachine",
        metadata: Metadata { name },
        spec: Spec { run_strategy: "RerunOnFailure", template },
    };
    Ok(Exported { text: comments("# ", &remarks) + &yaml::write(&machine), remarks })
}

/// The two ends of a card: its `interfaces` and its `networks`.
fn net(index: usize, card: &Card, remarks: &mut Vec<String>) -> Result<(Interface, Network), Unsuitable> {
    let name = resource_name(&card.name);
    let interface = |uplink, ports| Interface {
        name: name.clone(),
        model: InterfaceModel::Virtio,
        mac_address: card.mac_text(),
        uplink,
        ports,
    };
    let (v4, forwards) = match &card.link {
        Link::User { v4, forward, .. } if index == 0 => (v4, forward),
        Link::User { .. } | Link::Tap(_) => {
            remarks.push(format!(
                "`{}` is connected to the NetworkAttachmentDefinition \"{name}\", which must exist.",
                card.name
            ));
            let network_name = name.clone();
            let network = Network { name: name.clone(), source: Source::Multus(Multus { network_name }) };
            return Ok((interface(Uplink::Bridge(Empty {}), Vec::new()), network));
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
    let ports =
        forwards.iter().map(|forward| Port { port: forward.guest, protocol: forward.protocol.name().to_uppercase() });
    let interface = interface(Uplink::Masquerade(Empty {}), ports.collect());
    let vm_network_cidr = format!("{}/{}", v4.network, v4.prefix);
    Ok((interface, Network { name, source: Source::Pod(PodNetwork { vm_network_cidr }) }))
}

/// A valid Kubernetes name (RFC 1123): lower case, digits and `-`.
fn resource_name(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(letter).collect();
    name.trim_matches('-').into()
}
