//! Cloud Hypervisor's command line as a script.
//!
//! <https://github.com/cloud-hypervisor/cloud-hypervisor>, `docs/device_model.md`, and the options of `--help`.

use super::{Deployment, Exported, command, mebibytes, script, tap, without_smbios};
use crate::machine::hardware::Console;
use crate::machine::qemu::quoted;

pub(super) fn write(deployment: &Deployment<'_>) -> Exported {
    let hardware = deployment.hardware;
    let mut remarks = vec![
        "The exit status is only on the console: Cloud Hypervisor always exits with 0.".into(),
        "It needs KVM or MSHV.".into(),
    ];
    without_smbios(hardware, &mut remarks);
    // The first of them is the terminal.
    let backend = |console| match hardware.consoles.iter().position(|other| *other == console) {
        Some(0) => "tty",
        Some(_) => "null",
        None => "off",
    };
    let mut options = vec![
        format!("--kernel {}", quoted(&deployment.kernel.to_string_lossy())),
        format!("--cpus boot={}", hardware.cpus),
        format!("--memory size={}M", mebibytes(hardware.memory_bytes)),
        format!("--serial {}", backend(Console::Serial)),
        format!("--console {}", backend(Console::Virtio)),
        // Cloud Hypervisor always has an entropy device.
        "--rng src=/dev/urandom".into(),
    ];
    if !deployment.command_line.is_empty() {
        options.insert(1, format!("--cmdline {}", quoted(deployment.command_line)));
    }
    if !hardware.disks.is_empty() {
        let disks = hardware.disks.iter().map(|disk| {
            let read_only = if disk.read_only { ",readonly=on" } else { "" };
            let serial = disk.serial.as_ref().map_or(String::new(), |serial| format!(",serial={serial}"));
            quoted(&format!("path={},image_type=raw{read_only}{serial}", disk.path.display()))
        });
        // If the image type is detected, writes to the first sector are rejected.
        remarks.push("Remove `image_type` and `serial` for versions that do not support them.".into());
        options.push(format!("--disk {}", disks.collect::<Vec<_>>().join(" ")));
    }
    if !hardware.cards.is_empty() {
        let cards = hardware.cards.iter().enumerate().map(|(index, card)| {
            let mtu = if card.mtu > 1500 { format!(",mtu={}", card.mtu) } else { String::new() };
            quoted(&format!("tap={},mac={}{mtu}", tap(index, card, &mut remarks), card.mac_text()))
        });
        options.push(format!("--net {}", cards.collect::<Vec<_>>().join(" ")));
    }
    if hardware.disks.iter().any(|disk| disk.path.to_string_lossy().contains(',')) {
        remarks.push("Cloud Hypervisor ends a path at a comma: rename the disk's file.".into());
    }
    let what = format!("{} on Cloud Hypervisor, with the console on this terminal.", deployment.name);
    script(&what, remarks, &command("exec cloud-hypervisor", &options))
}
