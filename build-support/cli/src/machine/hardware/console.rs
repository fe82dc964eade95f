//! The consoles of a machine.

use unikernel_vocabulary::Hardware as Needs;

use super::{Hardware, Request};
use crate::{machine::Error, manifest::MachineType};

/// A console device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// The first serial port.
    Serial,
    /// A VGA in text mode, which is not shown on the terminal.
    Screen,
    /// Port 0 of a virtio console.
    Virtio,
}

/// Every console, with the declared hardware that needs it; the first one that can be read becomes the terminal.
const CONSOLES: [(Console, Needs); 3] =
    [(Console::Serial, Needs::SerialPort), (Console::Screen, Needs::Screen), (Console::Virtio, Needs::VirtioConsole)];

/// Adds the declared consoles; without any, a serial port for the output of the firmware.
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
