//! A script of `qm` for Proxmox VE. <https://pve.proxmox.com/pve-docs/qm.1.html>
//!
//! The image is imported as a disk: an ISO would have to be in a storage of its own before.

use std::collections::HashSet;
use std::path::Path;

use super::resource::resource_name;
use super::{Deployment, Exported, Unsuitable, command, console, mebibytes, script};
use crate::machine::hardware::{Console, Link};
use crate::machine::qemu::{self, quoted};
use crate::manifest::MachineType;

/// The least memory that `qm` takes.
const LEAST_MEBIBYTES: u64 = 16;
/// The largest number of virtio disks, of which the image is one.
const MOST_DISKS: usize = 16;
const MOST_CARDS: usize = 32;

/// The arguments of the script, and where it finds its files.
fn preamble(has_cards: bool) -> String {
    let (usage, bridge) =
        if has_cards { ("ID [STORAGE [BRIDGE]]", "bridge=${3:-vmbr0}\n") } else { ("ID [STORAGE]", "") };
    format!(
        "if [ $# -lt 1 ]; then\n    echo \"usage: $0 {usage}\" >&2\n    exit 2\nfi\nstorage=${{2:-local-lvm}}\n{bridge}\
         folder=$(cd -- \"$(dirname -- \"$0\")\" && pwd)\n\n"
    )
}

pub(super) fn write(deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
    let hardware = deployment.hardware;
    if hardware.disks.len() >= MOST_DISKS {
        return Err(Unsuitable(format!("Proxmox supports at most {} virtio disks beside the image", MOST_DISKS - 1)));
    }
    if hardware.cards.len() > MOST_CARDS {
        return Err(Unsuitable(format!("Proxmox supports at most {MOST_CARDS} network cards")));
    }
    let disk = file_name(deployment.disk)?;
    let mut remarks = vec![
        "The exit status is only on the console; Proxmox only sees that the machine is off.".into(),
        format!("Copy the script and {disk} into one folder of a node, and run it there as root."),
    ];
    let machine = if hardware.machine_type == MachineType::Pc { "pc" } else { "q35" };
    if hardware.machine_type == MachineType::Microvm {
        remarks.push("The machine type is q35: Proxmox does not support microvm.".into());
    }
    let memory = mebibytes(hardware.memory_bytes).max(LEAST_MEBIBYTES);
    let screen = if console::has(hardware, Console::Screen) { "std" } else { "serial0" };
    let mut options = vec![
        format!("--name {}", resource_name(deployment.name)),
        "--ostype other".into(),
        format!("--machine {machine}"),
        format!("--memory {memory} --balloon 0"),
        format!("--cores {}", hardware.cpus),
        "--tablet 0".into(),
        format!("--serial0 socket --vga {screen}"),
        format!("--virtio0 {}", import(&disk, "")),
        "--boot order=virtio0".into(),
    ];
    let mut names: HashSet<String> = [disk].into();
    for (index, disk) in hardware.disks.iter().enumerate() {
        let name = file_name(&disk.path)?;
        remarks.push(format!("Copy {name} as well: it is the disk `{}`.", disk.name));
        let serial = disk.serial.as_ref().map_or(String::new(), |serial| format!(",serial={serial}"));
        let read_only = if disk.read_only { ",ro=1" } else { "" };
        options.push(format!("--virtio{} {}", index + 1, import(&name, &format!("{serial}{read_only}"))));
        if let Some(name) = names.replace(name) {
            return Err(Unsuitable(format!("two disks are files called `{name}`\nhelp: rename one of them")));
        }
    }
    for (index, card) in hardware.cards.iter().enumerate() {
        let mtu = if card.mtu > 1500 { format!(",mtu={}", card.mtu) } else { String::new() };
        options.push(format!("--net{index} \"virtio={},bridge=$bridge{mtu}\"", card.mac_text()));
        let address = card.address.map(|(address, prefix)| format!("has the address {address}/{prefix}"));
        let address = address.unwrap_or_else(|| "asks for its address by DHCP".into());
        remarks.push(format!("`{}` is connected to the bridge, and {address}.", card.name));
        if matches!(&card.link, Link::User { forward, .. } if !forward.is_empty()) {
            remarks.push(format!("No ports are forwarded: reach `{}` at its own address.", card.name));
        }
    }
    if !hardware.smbios.is_empty() {
        // Split at spaces by `qm`, which knows quotes, once the shell has.
        let strings = hardware.smbios.iter().map(|text| format!("-smbios {}", quoted(&qemu::smbios(text))));
        options.push(format!("--args {}", quoted(&strings.collect::<Vec<_>>().join(" "))));
    }
    if hardware.has_entropy {
        options.push("--rng0 source=/dev/urandom".into());
    }
    let preamble = preamble(!hardware.cards.is_empty());
    let commands = format!("{preamble}{}qm start \"$1\"\n", command("qm create \"$1\"", &options));
    let what = format!("Makes and starts {} on Proxmox VE; `qm terminal ID` shows its console.", deployment.name);
    Ok(script(&what, remarks, &commands))
}

/// A new disk in the storage, with the contents of a file beside the script.
fn import(file: &str, options: &str) -> String {
    format!("\"$storage:0,import-from=$folder/\"{}", quoted(&format!("{file}{options}")))
}

/// The name of a file. Options of a disk are separated by commas.
fn file_name(path: &Path) -> Result<String, Unsuitable> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name.contains(',') {
        return Err(Unsuitable(format!("Proxmox ends the path of a disk at a comma\nhelp: rename `{name}`")));
    }
    Ok(name)
}
