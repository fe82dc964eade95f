//! A libvirt domain. <https://libvirt.org/formatdomain.html>

use super::{Deployment, Exported};
use crate::machine::hardware::{Console, Hardware, Link};
use crate::machine::qemu;
use crate::manifest::MachineType;

/// The first PCI slot of cards passed as QEMU options: after all slots that libvirt assigns to its own devices.
const FIRST_SLOT: usize = 0x10;

pub(super) fn write(deployment: &Deployment<'_>) -> Exported {
    let hardware = deployment.hardware;
    let mut remarks: Vec<String> = vec![
        "The exit status is only on the console; a failure is reported as a crash of the domain (pvpanic).".into(),
    ];
    let machine = match hardware.machine_type {
        MachineType::Pc => "pc",
        MachineType::Q35 => "q35",
        MachineType::Microvm => {
            remarks.push("The machine type is q35: libvirt does not support microvm.".into());
            "q35"
        }
    };
    let (kind, processor) = if deployment.has_kvm { ("kvm", "host-passthrough") } else { ("qemu", "maximum") };
    let (bus, boot_bus, boot_target) =
        if machine == "pc" { ("pci.0", "ide", "hda") } else { ("pcie.0", "sata", "sda") };
    let mut devices = format!(
        "    <disk type='file' device='cdrom'>\n      <driver name='qemu' type='raw'/>\n      <source file='{}'/>\n      \
         <target dev='{boot_target}' bus='{boot_bus}'/>\n      <readonly/>\n    </disk>\n",
        escaped(&deployment.iso.to_string_lossy())
    );
    for (index, disk) in hardware.disks.iter().enumerate() {
        let read_only = if disk.read_only { "      <readonly/>\n" } else { "" };
        let serial = disk
            .serial
            .as_ref()
            .map_or(String::new(), |serial| format!("      <serial>{}</serial>\n", escaped(serial)));
        devices += &format!(
            "    <disk type='file' device='disk'>\n      <driver name='qemu' type='raw'/>\n      <source file='{}'/>\n      \
             <target dev='{}' bus='virtio'/>\n{read_only}{serial}    </disk>\n",
            escaped(&disk.path.to_string_lossy()),
            disk_name(index)
        );
    }
    // libvirt cannot set the host's address in a user network, nor forward ports. All cards are passed as QEMU options, for
    // the sake of their order.
    let has_user = hardware.cards.iter().any(|card| matches!(card.link, Link::User { .. }));
    let mut options = String::new();
    for (index, card) in hardware.cards.iter().enumerate() {
        match &card.link {
            Link::Tap(tap) if !has_user => {
                let mtu = if card.mtu > 1500 { format!("      <mtu size='{}'/>\n", card.mtu) } else { String::new() };
                devices += &format!(
                    "    <interface type='ethernet'>\n      <mac address='{}'/>\n      <target dev='{}' managed='no'/>\n      \
                     <model type='virtio'/>\n{mtu}    </interface>\n",
                    card.mac_text(),
                    escaped(tap)
                );
            }
            _ => {
                let place = format!("bus={bus},addr={:#x}", FIRST_SLOT + index);
                for argument in qemu::card_at(&place, index, card) {
                    options += &format!("    <qemu:arg value='{}'/>\n", escaped(&argument));
                }
            }
        }
    }
    let (mut mode, mut strings) = ("", String::new());
    if !hardware.smbios.is_empty() {
        mode = "    <smbios mode='sysinfo'/>\n";
        let entries = hardware.smbios.iter().map(|text| format!("      <entry>{}</entry>\n", escaped(text)));
        let entries: String = entries.collect();
        strings = format!("  <sysinfo type='smbios'>\n    <oemStrings>\n{entries}    </oemStrings>\n  </sysinfo>\n");
    }
    if hardware.has_entropy {
        devices += "    <rng model='virtio'>\n      <backend model='random'>/dev/urandom</backend>\n    </rng>\n";
    }
    let consoles = consoles(hardware, &mut remarks);
    if !options.is_empty() {
        options = format!("  <qemu:commandline>\n{options}  </qemu:commandline>\n");
        remarks.push(
            "The cards are passed as QEMU options: libvirt's user network does not support fixed guest addresses and forwarded ports."
                .into(),
        );
    }
    let comments: String =
        remarks.iter().map(|remark| format!("  <!-- {} -->\n", remark.replace("--", "- -"))).collect();
    let text = format!(
        "<domain type='{kind}' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n{comments}  <name>{}</name>\n  \
         <memory unit='KiB'>{}</memory>\n  <vcpu>{}</vcpu>\n  <os>\n    <type arch='x86_64' machine='{machine}'>hvm</type>\n    \
         <boot dev='cdrom'/>\n{mode}  </os>\n{strings}  <features>\n    <acpi/>\n    <apic/>\n  </features>\n  <cpu mode='{processor}'/>\n  \
         <clock offset='utc'/>\n  <on_poweroff>destroy</on_poweroff>\n  <on_reboot>destroy</on_reboot>\n  \
         <on_crash>destroy</on_crash>\n  <devices>\n{devices}    <controller type='usb' model='none'/>\n{consoles}    \
         <memballoon model='none'/>\n    <panic model='isa'/>\n  \
         </devices>\n{options}</domain>\n",
        escaped(deployment.name),
        hardware.memory_bytes.div_ceil(1 << 10),
        hardware.cpus,
    );
    Exported { text, remarks }
}

/// The consoles, in their order.
fn consoles(hardware: &Hardware, remarks: &mut Vec<String>) -> String {
    let console = |console: &Console| match console {
        Console::Serial => {
            "    <serial type='pty'>\n      <target port='0'/>\n    </serial>\n    <console type='pty'>\n      \
             <target type='serial' port='0'/>\n    </console>\n"
        }
        Console::Virtio => "    <console type='pty'>\n      <target type='virtio' port='0'/>\n    </console>\n",
        Console::Screen => {
            remarks.push("The screen is served over VNC: `virsh vncdisplay` prints the address.".into());
            "    <graphics type='vnc' port='-1'/>\n    <video>\n      <model type='vga'/>\n    </video>\n"
        }
    };
    hardware.consoles.iter().map(console).collect()
}

/// `vda`, `vdb`, ..., `vdz`, `vdaa`.
fn disk_name(index: usize) -> String {
    let letter = |index: usize| char::from(b'a' + u8::try_from(index % 26).unwrap_or_default());
    let first = if index < 26 { String::new() } else { letter(index / 26 - 1).to_string() };
    format!("vd{first}{}", letter(index))
}

fn escaped(text: &str) -> String {
    let replace = |c: char| match c {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '\'' => "&apos;".into(),
        '"' => "&quot;".into(),
        c => c.to_string(),
    };
    text.chars().map(replace).collect()
}
