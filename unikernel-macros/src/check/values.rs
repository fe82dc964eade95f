//! Checks `values`: it is there to name a source.

use super::Declared;
use crate::faults::Faults;
use crate::parse::Entry;
use crate::plan::Device;

pub(super) fn check(entry: &Entry, device: &mut Device, _declared: &Declared, faults: &mut Faults) {
    if device.options.iter().all(|option| option.text != "true") {
        let sources = device.spec.options.iter().map(|option| format!("`{}`", option.name));
        let sources: Vec<String> = sources.collect();
        let message = format!("`values` names no source\nexpected one of {}", sources.join(", "));
        faults.at(&entry.name, format!("{message}\nhelp: write `{}`", device.spec.example));
    }
}
