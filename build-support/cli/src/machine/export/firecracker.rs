//! Firecracker's configuration file: `firecracker --no-api --config-file FILE`.
//!
//! It is `FullVmConfiguration` of `src/firecracker/swagger/firecracker.yaml` in
//! <https://github.com/firecracker-microvm/firecracker>. JSON has no comments, and Firecracker takes no unknown keys.

use serde_json::{Value, json};

use super::{Deployment, Exported, Unsuitable, mebibytes, tap};

/// As the schema has it.
const MOST_CPUS: u32 = 32;

pub(super) fn write(deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
    let hardware = deployment.hardware;
    if hardware.cpus > MOST_CPUS {
        return Err(Unsuitable(format!(
            "a machine of Firecracker's has at most {MOST_CPUS} processors, not {}\nhelp: a unikernel uses one of them",
            hardware.cpus
        )));
    }
    let mut remarks = vec![
        "The kernel's exit status is on the console alone: Firecracker ends with 0 however the kernel ends.".into(),
        "It needs KVM.".into(),
    ];
    let drives = hardware.disks.iter().map(|disk| {
        json!({
            "drive_id": disk.name,
            "path_on_host": disk.path.to_string_lossy(),
            "is_root_device": false,
            "is_read_only": disk.read_only,
            // Else a flush is acknowledged that nobody has made.
            "cache_type": "Writeback",
        })
    });
    let mut configuration = json!({
        "boot-source": {
            "kernel_image_path": deployment.kernel.to_string_lossy(),
            "boot_args": deployment.command_line,
        },
        "machine-config": { "vcpu_count": hardware.cpus, "mem_size_mib": mebibytes(hardware.memory_bytes) },
        "drives": drives.collect::<Vec<_>>(),
    });
    let cards: Vec<Value> = hardware
        .cards
        .iter()
        .enumerate()
        .map(|(index, card)| {
            let mut interface = json!({
                "iface_id": card.name,
                "guest_mac": card.mac_text(),
                "host_dev_name": tap(index, card, &mut remarks),
            });
            if card.mtu > 1500 {
                interface["mtu"] = card.mtu.into();
            }
            interface
        })
        .collect();
    if !cards.is_empty() {
        configuration["network-interfaces"] = cards.into();
    }
    if hardware.has_entropy {
        configuration["entropy"] = json!({});
    }
    Ok(Exported { text: format!("{configuration:#}\n"), remarks })
}
