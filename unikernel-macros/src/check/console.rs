//! Checks `console`: where devices are named, one of them is not `false`, and `crlf` has an effect on one.

use unikernel_vocabulary::Hardware;

use super::Declared;
use crate::faults::Faults;
use crate::parse::Entry;
use crate::plan::Device;

pub(super) fn check(entry: &Entry, device: &mut Device, _declared: &Declared, faults: &mut Faults) {
    let is_broken = device.options.len() < entry.settings.len() || entry.torn;
    let mut named = device.options.iter().filter(|option| option.spec.hardware.is_some()).peekable();
    if is_broken || named.peek().is_none() {
        return; // the first serial port
    }
    let on: Vec<Option<Hardware>> =
        named.filter(|option| option.text == "true").map(|option| option.spec.hardware).collect();
    if on.is_empty() {
        let devices = device.spec.options.iter().filter(|option| option.hardware.is_some());
        let names: Vec<String> = devices.map(|option| format!("`{}`", option.name)).collect();
        let message =
            format!("`console` names no device\nexpected one of {}\nhelp: write `console(serial)`", names.join(", "));
        faults.at(&entry.name, message);
    } else if let (Some(option), [Some(Hardware::Screen)]) = (device.option("crlf"), on.as_slice()) {
        let message = "`crlf` has no effect on a screen, which shows lines and sends nothing\nhelp: remove `crlf`";
        faults.at(syn::Ident::new("crlf", option.span), message);
    }
}
