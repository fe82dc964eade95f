//! Unknown sections and keys, with the nearest known name or the right section.

use unikernel_vocabulary::{When, device, nearest};

use super::Check;
use crate::manifest::{
    document::{Entry, Value},
    report::Fault,
    unknown::{NOT_KNOWN, unknown},
    value::sample,
};

impl<'a> Check<'a> {
    /// Records the arguments that an error is about, so that they are not reported as missing, too.
    pub(super) fn mean(&mut self, is_meant: impl Fn(&str, &str) -> bool) {
        for slot in &mut self.arguments {
            let (section, key) = slot.place();
            slot.meant |= is_meant(section, key);
        }
    }

    pub(super) fn unknown_section(&mut self, section: &Entry) {
        let name = section.key.as_str();
        let at = |fault: Fault, label: &str| fault.at(section.key_span.clone(), label);
        let is_section = matches!(section.value, Value::Table(_) | Value::Array(_));
        let fault = if !is_section && self.keys("args").contains(&name) {
            self.mean(|of, key| (of, key) == ("args", name));
            let fault = Fault::new(format!("argument `{name}` is outside of `[args]`"));
            at(fault, "not inside of `[args]`").help("move it below `[args]`")
        } else if !is_section {
            at(Fault::new(format!("unknown key `{name}`")), "only `app` is allowed outside of a section")
        } else if let Some(faults) = self.misnamed(section) {
            return self.faults.extend(faults);
        } else if device(name).is_some() {
            at(Fault::new(format!("`{}` declares no `{name}`", self.declaration.application())), "no such device")
                .help(format!("remove the section, or declare `{name}` in the annotation"))
        } else {
            let devices = self.declaration.devices().map(|device| device.name);
            let configurable = devices.filter(|name| !self.keys(name).is_empty());
            let known: Vec<_> = ["args", "image", "machine"].into_iter().chain(configurable).collect();
            if let Some(near) = nearest(name, known.iter().copied()) {
                self.mean(|of, _| of == near);
            }
            unknown(Fault::new(format!("unknown section `{name}`")), section, &known)
        };
        self.faults.push(fault);
    }

    /// The faults of a section that is meant for devices, and does not have the name of one: `[net.lan]`, or `[net]` where
    /// the device is `lan`.
    fn misnamed(&mut self, section: &Entry) -> Option<Vec<Fault>> {
        let name = section.key.as_str();
        let Value::Table(entries) = &section.value else { return None };
        let inner: Vec<_> = entries.iter().filter(|entry| matches!(entry.value, Value::Table(_))).collect();
        if !inner.is_empty() && inner.iter().all(|entry| self.device(&entry.key).is_some()) {
            let mut faults = Vec::new();
            for entry in inner {
                let device = entry.key.as_str();
                self.mean(|of, _| of == device);
                let fault = Fault::new(format!("`[{name}.{device}]` is not the section of `{device}`"));
                faults.push(fault.at(entry.key_span.clone(), "a device").help(format!("write `[{device}]`")));
            }
            return Some(faults);
        }
        let named: Vec<_> = self.declaration.devices().filter(|device| device.kind == name).collect();
        let sections: Vec<_> = named.iter().map(|device| format!("`[{}]`", device.name)).collect();
        if sections.is_empty() {
            return None;
        }
        self.mean(|of, _| named.iter().any(|device| device.name == of));
        let fault = Fault::new(format!("`{}` declares no `{name}` named `{name}`", self.declaration.application()));
        let help = format!("write {}: a section has the name of its device", sections.join(" or "));
        Some(vec![fault.at(section.key_span.clone(), "not the name of a device").help(help)])
    }

    pub(super) fn unknown_key(&mut self, section: &str, entry: &Entry) {
        let key = entry.key.as_str();
        let at = |fault: Fault, label: &str| fault.at(entry.key_span.clone(), label);
        let (title, none) = match section {
            "args" => (
                format!("unknown argument `{key}`"),
                format!("`{}` takes no arguments", self.declaration.application()),
            ),
            _ => {
                (format!("unknown option `{key}` of `{section}`"), format!("`{section}` has no options to set at boot"))
            }
        };
        let option = self.device(section).and_then(|declared| device(declared.kind)?.option(key));
        let keys = self.keys(section);
        let fault = if let Some(option) = option.filter(|option| option.when == When::Fixed) {
            let title = format!("option `{key}` of `{section}` is fixed when the application is compiled");
            at(Fault::new(title), "cannot be set at boot")
                .help(format!("write `{key} = {}` in the annotation, at `{section}`", sample(&option.kind)))
        } else if let (Some(option), Some(declared)) =
            (option.filter(|option| option.is_on_demand), self.device(section))
        {
            let (kind, name) = (declared.kind, option.name);
            at(Fault::new(title), "not declared").help(format!(
                "write `{kind}(name = \"{section}\", {name})` in the annotation, and `{name}` can be set at boot"
            ))
        } else if let Some((of, argument)) = self.elsewhere(section, key) {
            let fault =
                at(Fault::new(title), NOT_KNOWN).help(format!("write `{argument} = ...` below a line `[{of}]`"));
            self.mean(|other, name| (other, name) == (of, argument));
            fault
        } else if matches!(entry.value, Value::Table(_)) && self.device(key).is_some() {
            self.mean(|of, _| of == key);
            at(Fault::new(title), "a device").help(format!("write its options below `[{key}]`"))
        } else if keys.is_empty() {
            at(Fault::new(title), NOT_KNOWN).help(none)
        } else {
            if let Some(near) = nearest(key, keys.iter().copied()) {
                self.mean(|of, argument| (of, argument) == (section, near));
            }
            unknown(Fault::new(title), entry, &keys)
        };
        self.faults.push(fault);
    }

    /// The section and the key that are meant by a key in the wrong section: by `"net.ip"` in `[args]`, or by the name of
    /// an argument at a device.
    fn elsewhere(&self, section: &str, key: &str) -> Option<(&'a str, &'a str)> {
        let wanted = key.split_once('.').unwrap_or(("args", key));
        let mut places = self.arguments.iter().map(|slot| slot.place()).filter(|(of, _)| *of != section);
        places.find(|place| *place == wanted)
    }
}
