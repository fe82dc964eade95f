//! Checks the serials by which disks are chosen: that each can be one, and that no two are the same.

use unikernel_vocabulary::value::{SERIAL_RULE, is_serial};

use super::{Check, Slot};
use crate::manifest::report::Fault;

const SERIAL: &str = "serial";

impl Check<'_> {
    /// Checks the serials that the manifest gives; the others are checked when the application is compiled.
    pub(super) fn serials(&mut self) {
        let slots: Vec<_> = self.arguments.iter().filter(|slot| is_serial_of_disk(slot)).collect();
        let mut faults = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            let Some((name, given)) = slot.given.as_ref().map(|given| (slot.place().0, given)) else { continue };
            let Some(text) = given.text.as_deref() else { continue };
            if !is_serial(text) {
                let fault = Fault::new(format!("`{text}` cannot be the serial of a disk: {SERIAL_RULE}"));
                faults.push(fault.at(given.span.clone(), "not a serial").help(format!("write `serial = \"{name}\"`")));
                continue;
            }
            let others = slots.iter().enumerate().filter(|(other, _)| *other != index);
            let same = others.map(|(_, other)| other).find(|other| in_force(other) == Some(text));
            // Of two that the manifest gives, the second is the fault.
            if let Some(other) = same.filter(|other| other.given.is_none() || is_before(other, given.span.start)) {
                let fault = Fault::new(format!(
                    "`{}` and `{name}` want the disk with the same serial, `{text}`",
                    other.place().0
                ));
                faults.push(
                    fault
                        .at(given.span.clone(), "a serial is that of one disk")
                        .help("give each disk a serial of its own"),
                );
            }
        }
        self.faults.extend(faults);
    }
}

fn is_serial_of_disk(slot: &Slot<'_>) -> bool {
    slot.place().0 != "args" && slot.place().1 == SERIAL
}

/// The serial that a device boots with, as far as it is known here.
fn in_force<'s>(slot: &'s Slot<'_>) -> Option<&'s str> {
    if slot.is_overridden {
        return None;
    }
    slot.given.as_ref().map_or(slot.argument.default, |given| given.text.as_deref())
}

fn is_before(slot: &Slot<'_>, at: usize) -> bool {
    slot.given.as_ref().is_some_and(|given| given.span.start < at)
}
