//! Checks `console`: where options are given, one of them at least names a device.

use super::Declared;
use crate::faults::Faults;
use crate::parse::Entry;
use crate::plan::Device;

pub(super) fn check(entry: &Entry, device: &mut Device, _declared: &Declared, faults: &mut Faults) {
    let is_broken = device.options.len() < entry.settings.len() || entry.torn;
    let names_none = device.options.iter().all(|option| option.text == "false");
    if !is_broken && names_none && !device.options.is_empty() {
        let names: Vec<String> = device.spec.options.iter().map(|option| format!("`{}`", option.name)).collect();
        let message =
            format!("`console` names no device\nexpected one of {}\nhelp: write `console(serial)`", names.join(", "));
        faults.at(&entry.name, message);
    }
}
