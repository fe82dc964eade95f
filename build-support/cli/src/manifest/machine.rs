//! `[machine]`: the virtual machine. The image does not depend on it.

use std::path::Path;

use unikernel_vocabulary::{Decoded, Hardware, Kind, value::size};

use self::forward::Taken;
use super::{document::Entry, report::Fault, section::table_of, unknown::unknown, value::value_of};

mod device;
mod forward;
mod smbios;

pub use self::{
    device::{Disk, Net},
    forward::{Forward, Protocol},
};

/// The machine to run on, as far as the manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// `memory`: its size in bytes.
    pub memory_bytes: Option<u64>,
    /// `cpus`: the number of its processors.
    pub cpus: Option<u32>,
    /// `type`: its chipset.
    pub machine_type: Option<MachineType>,
    /// `forward`: ports of the host that lead to ports of the guest, at the first of its interfaces.
    pub forward: Vec<Forward>,
    /// `smbios`: strings of type 11, with values of boot arguments.
    pub smbios: Vec<String>,
    /// `[machine.net.NAME]`: where an interface leads.
    pub nets: Vec<(String, Net)>,
    /// `[machine.disk.NAME]`: what is on a disk.
    pub disks: Vec<(String, Disk)>,
}

impl Machine {
    /// What is said of the interface of this name.
    #[must_use]
    pub fn net(&self, name: &str) -> Option<&Net> {
        self.nets.iter().find(|(of, _)| of == name).map(|(_, net)| net)
    }

    /// What is said of the disk of this name.
    #[must_use]
    pub fn disk(&self, name: &str) -> Option<&Disk> {
        self.disks.iter().find(|(of, _)| of == name).map(|(_, disk)| disk)
    }
}

/// The chipset of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineType {
    /// The classic PC: PIIX, ISA, PCI.
    Pc,
    /// The newer PC: ICH9, PCI Express.
    Q35,
    /// Virtio devices and no PCI.
    Microvm,
}

/// The memory in which the smallest kernel runs.
const LEAST_MEMORY_BYTES: u64 = 1152 << 10;

const KEYS: [&str; 7] = ["memory", "cpus", "type", "forward", "smbios", "net", "disk"];
/// Up to what QEMU's processors address.
const MEMORY: Kind<'static> = Kind::size(LEAST_MEMORY_BYTES, 1 << 40);
const CPUS: Kind<'static> = Kind::integer(1, 255);
const TYPES: Kind<'static> = Kind::words("pc|q35|microvm");

/// Reads the section of a manifest in `folder`, from which relative paths start.
pub(super) fn read(section: &Entry, declaration: &Decoded<'_>, folder: &Path, faults: &mut Vec<Fault>) -> Machine {
    let mut machine = Machine::default();
    let mut taken = Taken::default();
    let has_net = declaration.devices_on(Hardware::NetworkCard).next().is_some();
    let entries = table_of(section, "machine", faults);
    for entry in entries {
        let mut value = |kind: &Kind<'_>| {
            value_of(entry, kind, &format!("`{}` of the machine", entry.key)).map_err(|fault| faults.push(fault)).ok()
        };
        match entry.key.as_str() {
            "memory" => {
                machine.memory_bytes = value(&MEMORY).and_then(|text| size(&text).ok());
            }
            "cpus" => machine.cpus = value(&CPUS).and_then(|text| text.parse().ok()),
            "type" => {
                machine.machine_type = value(&TYPES).map(|text| match text.as_str() {
                    "pc" => MachineType::Pc,
                    "q35" => MachineType::Q35,
                    _ => MachineType::Microvm,
                });
            }
            "forward" => {
                machine.forward = forward::read(entry, "the machine", &mut taken, faults);
                if !has_net && !machine.forward.is_empty() {
                    faults.push(
                        Fault::new("`forward` of the machine has no effect: the application declares no `net`")
                            .at(entry.key_span.clone(), "nothing to forward to")
                            .help("remove the line, or declare `net` in the annotation"),
                    );
                }
            }
            "smbios" => machine.smbios = smbios::read(entry, declaration, faults),
            "net" => {
                let nets = device::named(entry, declaration, Hardware::NetworkCard, faults);
                machine.nets = nets.map(|(name, entry)| (name, device::net(entry, &mut taken, faults))).collect();
            }
            "disk" => {
                let disks = device::named(entry, declaration, Hardware::Disk, faults);
                machine.disks =
                    disks.map(|(name, entry)| (name, device::disk(entry, folder, &mut taken, faults))).collect();
            }
            key => {
                let fault = Fault::new(format!("unknown key `{key}` in `[machine]`"));
                let declared = declaration.devices().find(|device| device.name == key);
                let table = declared.and_then(|device| device::table_of_kind(device.kind));
                faults.push(match table {
                    Some(table) => {
                        fault.at(entry.key_span.clone(), "a device").help(format!("write `[machine.{table}.{key}]`"))
                    }
                    None => unknown(fault, entry, &KEYS),
                });
            }
        }
    }
    if let Some(entry) = entries.iter().find(|entry| entry.key == "smbios") {
        smbios::check_type(&machine, entry, faults);
    }
    machine
}
