//! Checks `block`: that a serial can be one, and that no two disks are to have the same.

use unikernel_vocabulary::value::{SERIAL_RULE, is_serial};

use super::Declared;
use super::literal::token;
use crate::faults::Faults;
use crate::parse::Entry;
use crate::plan::Device;

const SERIAL: &str = "serial";

pub(super) fn check(_entry: &Entry, device: &mut Device, declared: &Declared, faults: &mut Faults) {
    let Some(serial) = device.option(SERIAL).filter(|serial| !serial.is_required) else { return };
    if !is_serial(&serial.text) {
        let example = if is_serial(&device.name) { &device.name } else { device.spec.kind };
        let message = format!(
            "`{}` cannot be the serial of a disk: {SERIAL_RULE}\nhelp: write `serial = \"{example}\"`",
            serial.text
        );
        return faults.at(token(serial), message);
    }
    for other in declared.devices.iter().filter(|other| other.spec.kind == device.spec.kind) {
        let first = other.option(SERIAL).filter(|other| other.text == serial.text);
        if let Some(first) = first {
            let message = format!(
                "`{}` and `{}` want the disk with the same serial, `{}`\nhelp: give each disk a serial of its own",
                other.name, device.name, serial.text
            );
            faults.between(token(first), token(serial), message);
        }
    }
}
