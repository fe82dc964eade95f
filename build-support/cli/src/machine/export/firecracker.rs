//! Firecracker's configuration file: `firecracker --no-api --config-file FILE`.
//!
//! It is `FullVmConfiguration` of `src/firecracker/swagger/firecracker.yaml` in
//! <https://github.com/firecracker-microvm/firecracker>. JSON has no comments, and Firecracker takes no unknown keys.

use std::borrow::Cow;

use serde::Serialize;

use super::{Deployment, Exported, Unsuitable, mebibytes, tap, without_smbios};
use crate::json;

/// The whole file.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Configuration<'a> {
    boot_source: BootSource<'a>,
    drives: Vec<Drive<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entropy: Option<Entropy>,
    machine_config: MachineConfig,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    network_interfaces: Vec<NetworkInterface<'a>>,
}

#[derive(Serialize)]
struct BootSource<'a> {
    boot_args: &'a str,
    kernel_image_path: Cow<'a, str>,
}

#[derive(Serialize)]
struct Drive<'a> {
    cache_type: CacheType,
    drive_id: &'a str,
    is_read_only: bool,
    is_root_device: bool,
    path_on_host: Cow<'a, str>,
}

#[derive(Serialize)]
enum CacheType {
    /// A flush reaches the host's disk. With `Unsafe`, it is acknowledged without effect.
    Writeback,
}

/// An entropy device without a limit.
#[derive(Serialize)]
struct Entropy {}

#[derive(Serialize)]
struct MachineConfig {
    mem_size_mib: u64,
    vcpu_count: u32,
}

#[derive(Serialize)]
struct NetworkInterface<'a> {
    guest_mac: String,
    host_dev_name: String,
    iface_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtu: Option<u16>,
}

/// The schema's maximum.
const MOST_CPUS: u32 = 32;

pub(super) fn write(deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
    let hardware = deployment.hardware;
    if hardware.cpus > MOST_CPUS {
        return Err(Unsuitable(format!(
            "Firecracker supports at most {MOST_CPUS} processors, not {}\nhelp: a unikernel uses one",
            hardware.cpus
        )));
    }
    if let Some(disk) = hardware.disks.iter().find(|disk| disk.is_chosen) {
        let serial = disk.serial.as_deref().unwrap_or_default();
        return Err(Unsuitable(format!(
            "Firecracker makes the serial of a disk of its file's numbers, and `{0}` wants the one with the serial `{serial}`\n\
             help: leave `{0}.serial` out: disks are taken in the order of their declaration",
            disk.name
        )));
    }
    let mut remarks =
        vec!["The exit status is only on the console: Firecracker always exits with 0.".into(), "It needs KVM.".into()];
    without_smbios(hardware, &mut remarks);
    let drives = hardware.disks.iter().map(|disk| Drive {
        cache_type: CacheType::Writeback,
        drive_id: &disk.name,
        is_read_only: disk.read_only,
        is_root_device: false,
        path_on_host: disk.path.to_string_lossy(),
    });
    let cards = hardware.cards.iter().enumerate().map(|(index, card)| NetworkInterface {
        guest_mac: card.mac_text(),
        host_dev_name: tap(index, card, &mut remarks),
        iface_id: &card.name,
        mtu: (card.mtu > 1500).then_some(card.mtu),
    });
    let configuration = Configuration {
        boot_source: BootSource {
            boot_args: deployment.command_line,
            kernel_image_path: deployment.kernel.to_string_lossy(),
        },
        drives: drives.collect(),
        entropy: hardware.has_entropy.then_some(Entropy {}),
        machine_config: MachineConfig { mem_size_mib: mebibytes(hardware.memory_bytes), vcpu_count: hardware.cpus },
        network_interfaces: cards.collect(),
    };
    Ok(Exported { text: json::pretty(&configuration), remarks })
}
