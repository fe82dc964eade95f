//! What text goes to and comes from.

use unikernel_vocabulary::Hardware as Needs;

use super::{Hardware, Request};
use crate::{machine::Error, manifest::MachineType};

/// A device for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// The first serial port.
    Serial,
    /// A VGA, whose text nobody reads here.
    Screen,
    /// Port 0 of a virtio console.
    Virtio,
}

/// Every console, and what of a declaration asks for it; the first of them with text for others to read is the terminal.
const CONSOLES: [(Console, Needs); 3] =
    [(Console::Serial, Needs::SerialPort), (Console::Screen, Needs::Screen), (Console::Virtio, Needs::VirtioConsole)];

/// The declared ones; where there are none, a serial port for what firmware has to say.
pub(super) fn plan(hardware: &mut Hardware, request: &Request<'_>) -> Result<(), Error> {
    let is_declared = |needs| request.declaration.devices_on(needs).next().is_some();
    let declared: Vec<_> = CONSOLES.into_iter().filter(|(_, needs)| is_declared(*needs)).collect();
    if !declared.is_empty() {
        hardware.consoles = declared.into_iter().map(|(console, _)| console).collect();
    }
    if hardware.consoles.contains(&Console::Screen) && hardware.machine_type == MachineType::Microvm {
        return Err(Error::NoScreen);
    }
    Ok(())
}
