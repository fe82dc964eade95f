//! Checks `stack`: it is there to say a size.

use super::Declared;
use crate::faults::Faults;
use crate::parse::Entry;
use crate::plan::Device;

pub(super) fn check(entry: &Entry, device: &mut Device, _declared: &Declared, faults: &mut Faults) {
    if device.option("size").is_none() {
        let message = "`stack` lacks a size: without `stack`, it has 32 KiB";
        faults.at(&entry.name, format!("{message}\nhelp: write `{}`", device.spec.example));
    }
}
