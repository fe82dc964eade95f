//! The consoles that each hypervisor supports.

use super::{Format, Unsuitable};
use crate::machine::hardware::{Console, Hardware};

/// The consoles that a hypervisor lacks. All of them have a serial port.
const MISSING: [(Format, Console); 6] = [
    (Format::Firecracker, Console::Screen),
    (Format::Firecracker, Console::Virtio),
    (Format::CloudHypervisor, Console::Screen),
    (Format::Virtualbox, Console::Virtio),
    (Format::Kubevirt, Console::Virtio),
    (Format::Proxmox, Console::Virtio),
];

/// Rejects a machine with an unsupported console, without which the kernel would not boot.
pub(super) fn check(format: Format, hardware: &Hardware) -> Result<(), Unsuitable> {
    match hardware.consoles.iter().find(|console| MISSING.contains(&(format, **console))) {
        None => Ok(()),
        Some(console) => Err(Unsuitable(format!(
            "{} has no {}, which `console({})` needs\nhelp: declare `console(serial)`",
            program(format),
            name(*console),
            option(*console)
        ))),
    }
}

/// Whether a machine has it.
pub(super) fn has(hardware: &Hardware, console: Console) -> bool {
    hardware.consoles.contains(&console)
}

const fn program(format: Format) -> &'static str {
    match format {
        Format::Qemu => "QEMU",
        Format::Libvirt => "libvirt",
        Format::Firecracker => "Firecracker",
        Format::CloudHypervisor => "Cloud Hypervisor",
        Format::Virtualbox => "VirtualBox",
        Format::Kubevirt => "KubeVirt",
        Format::Proxmox => "Proxmox",
    }
}

const fn name(console: Console) -> &'static str {
    match console {
        Console::Serial => "serial port",
        Console::Screen => "screen",
        Console::Virtio => "virtio console",
    }
}

const fn option(console: Console) -> &'static str {
    match console {
        Console::Serial => "serial",
        Console::Screen => "screen",
        Console::Virtio => "virtio",
    }
}
