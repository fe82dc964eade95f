//! What a machine consists of: one value, from which every hypervisor's own description is written.
//!
//! [`Hardware::plan`] makes it from what an application declares and what its manifest says. It looks at nothing else: which
//! ports are free and which files exist is for [`ports`](super::ports) and [`disks`](super::disks).

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

/// The memory of a machine that nobody gave another one.
pub const USUAL_MEMORY_BYTES: u64 = 16 << 20;

/// A machine, without what it boots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// What kind of machine it is.
    pub machine_type: MachineType,
    /// Its memory.
    pub memory_bytes: u64,
    /// Its processors; a unikernel uses the first one.
    pub cpus: u32,
    /// Its network cards, in the order in which the declared interfaces take them.
    pub cards: Vec<Card>,
    /// Its disks, in the order in which the declared ones take them.
    pub disks: Vec<Disk>,
    /// Whether it has a source of random numbers.
    pub has_entropy: bool,
    /// What text goes to and comes from; the first of them is the user's terminal.
    pub consoles: Vec<Console>,
}

/// The machine that is planned.
#[derive(Clone, Debug)]
pub struct Place {
    /// What it is called: its files are named after it, and its cards have addresses of their own.
    pub name: String,
    /// The folder for disks that nobody gave another place.
    pub folder: PathBuf,
}

/// What a machine is planned from.
#[derive(Clone, Copy)]
struct Request<'a> {
    declaration: &'a Decoded<'a>,
    values: &'a Values,
    settings: &'a Machine,
    place: &'a Place,
}

/// Adds what a kind of hardware needs to a machine.
type Plan = fn(&mut Hardware, &Request<'_>) -> Result<(), Error>;

/// One for each kind of hardware.
const PLANS: [Plan; 4] = [net::plan, block::plan, entropy::plan, console::plan];

impl Hardware {
    /// A machine as `settings` say, with nothing on it.
    #[must_use]
    pub fn bare(settings: &Machine) -> Self {
        Self {
            machine_type: settings.machine_type.unwrap_or(MachineType::Pc),
            memory_bytes: settings.memory_bytes.unwrap_or(USUAL_MEMORY_BYTES),
            cpus: settings.cpus.unwrap_or(1),
            cards: Vec::new(),
            disks: Vec::new(),
            has_entropy: false,
            consoles: vec![Console::Serial],
        }
    }

    /// The machine for a kernel that boots with `values`: a card for each declared interface, a disk for each block device, and
    /// random numbers for those who need them.
    ///
    /// # Errors
    /// Addresses for which there can be no network, ports that lead nowhere, and disks of which nobody says what is on them.
    pub fn plan(declaration: &Decoded<'_>, values: &Values, settings: &Machine, place: &Place) -> Result<Self, Error> {
        let mut hardware = Self::bare(settings);
        for plan in PLANS {
            plan(&mut hardware, &Request { declaration, values, settings, place })?;
        }
        Ok(hardware)
    }
}
