//! A `VirtualMachine` of KubeVirt's. <https://kubevirt.io/api-reference/>, `kubevirt.io/v1`
//!
//! YAML takes a string of JSON as it is, which is how the values are quoted.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::{Deployment, Exported, Unsuitable, comments, console};
use crate::machine::hardware::{Card, Console, Link};

pub(super) fn write(deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
    let hardware = deployment.hardware;
    let name = resource_name(deployment.name);
    let iso = deployment.iso.file_name().unwrap_or_default().to_string_lossy();
    let mut remarks = vec![
        "The kernel's exit status is on the console alone: `virtctl console` shows it, KubeVirt sees that the machine is off."
            .into(),
        format!("The image is a container: `FROM scratch`, `ADD --chown=107:107 {iso} /disk/`, pushed under the name below."),
    ];
    let mut disks = String::from(
        "            - name: boot\n              bootOrder: 1\n              cdrom:\n                bus: sata\n",
    );
    let mut volumes = format!(
        "        - name: boot\n          containerDisk:\n            image: {}\n",
        text(&format!("registry.example/{name}:latest"))
    );
    for disk in &hardware.disks {
        let disk_name = resource_name(&disk.name);
        let (claim, read_only) = (format!("{name}-{disk_name}"), disk.read_only);
        disks += &format!(
            "            - name: {0}\n              disk:\n                bus: virtio\n                readonly: {read_only}\n",
            text(&disk_name)
        );
        volumes += &format!(
            "        - name: {}\n          persistentVolumeClaim:\n            claimName: {}\n",
            text(&disk_name),
            text(&claim)
        );
        remarks.push(format!("The disk `{}` is the claim {claim}: `virtctl image-upload pvc {claim} ...`.", disk.name));
    }
    let (mut interfaces, mut networks) = (String::new(), String::new());
    for (index, card) in hardware.cards.iter().enumerate() {
        let (interface, network) = net(index, card, &mut remarks)?;
        interfaces += &interface;
        networks += &network;
    }
    let rng = if hardware.has_entropy { "          rng: {}\n" } else { "" };
    let has_screen = console::has(hardware, Console::Screen);
    let kibibytes = hardware.memory_bytes.div_ceil(1 << 10);
    let mut yaml = format!(
        "{}apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata:\n  name: {name}\nspec:\n  runStrategy: RerunOnFailure\n  \
         template:\n    metadata:\n      labels:\n        kubevirt.io/domain: {name}\n    spec:\n      domain:\n        machine:\n          \
         type: q35\n        cpu:\n          cores: {}\n        memory:\n          guest: {kibibytes}Ki\n        devices:\n          \
         autoattachGraphicsDevice: {has_screen}\n          autoattachMemBalloon: false\n          autoattachPodInterface: false\n{rng}          \
         disks:\n{disks}",
        comments("# ", &remarks),
        hardware.cpus,
        name = text(&name),
    );
    if !interfaces.is_empty() {
        yaml += &format!("          interfaces:\n{interfaces}      networks:\n{networks}");
    }
    yaml += &format!("      volumes:\n{volumes}");
    Ok(Exported { text: yaml, remarks })
}

/// The two ends of a card: its `interfaces` and its `networks`.
fn net(index: usize, card: &Card, remarks: &mut Vec<String>) -> Result<(String, String), Unsuitable> {
    let name = text(&resource_name(&card.name));
    let start = format!(
        "            - name: {name}\n              model: virtio\n              macAddress: {}\n",
        text(&card.mac_text())
    );
    let (v4, forwards) = match &card.link {
        Link::User { v4, forward, .. } if index == 0 => (v4, forward),
        Link::User { .. } | Link::Tap(_) => {
            remarks.push(format!(
                "`{}` is joined to a NetworkAttachmentDefinition {}, which has to be there.",
                card.name, name
            ));
            let network = format!("        - name: {name}\n          multus:\n            networkName: {name}\n");
            return Ok((start + "              bridge: {}\n", network));
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
    let ports: String = forwards
        .iter()
        .map(|forward| {
            let (protocol, port) = (forward.protocol.name().to_uppercase(), forward.guest);
            format!("                - port: {port}\n                  protocol: {protocol}\n")
        })
        .collect();
    let ports = if ports.is_empty() { ports } else { format!("              ports:\n{ports}") };
    let network = format!(
        "        - name: {name}\n          pod:\n            vmNetworkCIDR: {}\n",
        text(&format!("{}/{}", v4.network, v4.prefix))
    );
    Ok((start + "              masquerade: {}\n" + &ports, network))
}

/// A name as Kubernetes wants it (RFC 1123): lower case, digits and `-`.
fn resource_name(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(letter).collect();
    name.trim_matches('-').into()
}

fn text(value: &str) -> String {
    Value::from(value).to_string()
}
