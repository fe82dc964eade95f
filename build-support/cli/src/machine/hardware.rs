//! The virtual hardware of a machine: one value, from which the configuration of every hypervisor is generated.
//!
//! [`Hardware::plan`] derives it from the application's declaration and its manifest alone. [`ports`](super::ports) finds free
//! ports, and [`disks`](super::disks) checks which files exist.

mod block;
mod console;
mod entropy;
mod net;
mod network;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use unikernel_vocabulary::Decoded;

pub use self::{
    block::{Disk, Origin},
    console::Console,
    net::{Card, Link},
    network::{Network4, Network6},
};
use super::{Error, Values};
use crate::manifest::{Machine, MachineType};

/// The default memory size.
pub const USUAL_MEMORY_BYTES: u64 = 16 << 20;

/// The hardware of a machine, without its boot image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// The machine type.
    pub machine_type: MachineType,
    /// The memory size in bytes.
    pub memory_bytes: u64,
    /// The number of processors; a unikernel uses only the first.
    pub cpus: u32,
    /// The network cards, in the order of the declared interfaces.
    pub cards: Vec<Card>,
    /// The port of liveness, readiness and metrics, if it has one.
    pub metrics_port: Option<u16>,
    /// The strings of its SMBIOS, with values of boot arguments.
    pub smbios: Vec<String>,
    /// The disks, in the order of the declared block devices.
    pub disks: Vec<Disk>,
    /// Whether it has an entropy source.
    pub has_entropy: bool,
    /// The consoles; the first one is connected to the user's terminal.
    pub consoles: Vec<Console>,
}

/// The name and the folder of a machine.
#[derive(Clone, Debug)]
pub struct Place {
    /// The machine's name; its file names and its MAC addresses are derived from it.
    pub name: String,
    /// The folder of disks for which no path is set.
    pub folder: PathBuf,
}

/// The input from which a machine is planned.
#[derive(Clone, Copy)]
struct Request<'a> {
    declaration: &'a Decoded<'a>,
    values: &'a Values,
    settings: &'a Machine,
    place: &'a Place,
}

/// Adds one kind of hardware to a machine.
type Plan = fn(&mut Hardware, &Request<'_>) -> Result<(), Error>;

/// One function for each kind of hardware.
const PLANS: [Plan; 4] = [net::plan, block::plan, entropy::plan, console::plan];

impl Hardware {
    /// A machine with the `settings`, but without any devices.
    #[must_use]
    pub fn bare(settings: &Machine) -> Self {
        Self {
            machine_type: settings.machine_type.unwrap_or(MachineType::Pc),
            memory_bytes: settings.memory_bytes.unwrap_or(USUAL_MEMORY_BYTES),
            cpus: settings.cpus.unwrap_or(1),
            cards: Vec::new(),
            metrics_port: None,
            smbios: settings.smbios.clone(),
            disks: Vec::new(),
            has_entropy: false,
            consoles: vec![Console::Serial],
        }
    }

    /// The machine for a kernel that boots with `values`: a card for each declared interface, a disk for each block device, and
    /// an entropy source if one is needed.
    ///
    /// # Errors
    /// Returns an error if an address leaves no room for a network, a forwarded port has no target, or the contents of a
    /// read-only disk are not specified.
    pub fn plan(declaration: &Decoded<'_>, values: &Values, settings: &Machine, place: &Place) -> Result<Self, Error> {
        let mut hardware = Self::bare(settings);
        let values = &values.clone().then(settings.smbios_words());
        for plan in PLANS {
            plan(&mut hardware, &Request { declaration, values, settings, place })?;
        }
        Ok(hardware)
    }
}
