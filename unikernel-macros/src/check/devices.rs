//! Checks the declared devices and their options.

use unikernel_vocabulary::declaration::is_name;
use unikernel_vocabulary::{DeviceSpec, When, nearest};

use super::{Declared, Table, block, console, known, kv, literal, name_of, net, stack, synonyms, values, with_first};
use crate::faults::Faults;
use crate::features::Features;
use crate::parse::{ARGUMENTS, Annotation, ENVIRONMENT, Entry, Given, Setting};
use crate::plan::{Device, DeviceOption};

/// The option that tells several devices of a kind apart; it belongs to no kind.
const NAME: &str = "name";

/// What the file of a device checks: the options of one entry, each of which is right by itself, together.
type Check = fn(&Entry, &mut Device, &Declared, &mut Faults);

/// The devices that have more to check than their description says.
const CHECKS: &[(&str, Check)] = &[
    ("block", block::check),
    ("console", console::check),
    ("kv", kv::check),
    ("net", net::check),
    ("stack", stack::check),
    ("values", values::check),
    ("std", super::std::check_options),
];

/// Checks one entry and adds its device.
pub(super) fn check(entry: &Entry, table: Table, features: Features, declared: &mut Declared, faults: &mut Faults) {
    let kind = name_of(&entry.name);
    let Some(spec) = table.iter().copied().find(|spec| spec.kind == kind) else {
        return unknown(entry, &kind, table, declared, faults);
    };
    let faults_before = faults.count();
    let own_name = own_name(entry, spec, table, faults);
    if own_name.is_none() {
        // An invalid name is reported once; the parameter is not a second error.
        let names = entry.settings.iter().filter(|setting| setting.name == NAME);
        for name in names.filter_map(given_text) {
            declared.excused.extend([name, kind.clone()]);
        }
    }
    let mut device = Device {
        spec,
        name: own_name.unwrap_or(kind),
        span: entry.name.span(),
        options: options(entry, spec, faults),
        files: Vec::new(),
        backing: None,
    };
    let is_sound = !entry.torn && faults.count() == faults_before;
    require_features(entry, &device, features, faults);
    let is_known = unikernel_vocabulary::device(spec.kind) == Some(spec);
    for (_, check) in CHECKS.iter().filter(|(kind, _)| *kind == spec.kind && is_sound && is_known) {
        check(entry, &mut device, declared, faults);
    }
    let user = declared.devices.iter().find(|other| other.is_backed_by(&device.name));
    if let Some((user, backing)) = user.and_then(|user| Some((user, user.backing.as_ref()?))) {
        let first = syn::Ident::new(user.spec.kind, user.span);
        let message = format!(
            "duplicate device `{}`: `{}` declares its own `{}` of this name",
            device.name, user.name, backing.kind
        );
        faults.between(first, &entry.name, format!("{message}\nhelp: give one of them another name"));
    }
    match declared.devices.iter().find(|other| other.name == device.name) {
        None => declared.devices.push(device),
        Some(first) => {
            let mut message = format!("duplicate device `{}`\nhelp: remove one of them", device.name);
            if spec.several {
                message.push_str(&format!(", or tell them apart: write `{}(name = \"lan\")`", spec.kind));
            }
            faults.between(syn::Ident::new(first.spec.kind, first.span), &entry.name, message);
        }
    }
}

/// Reports the features of the runtime that are off, and without which the device or one of its options is not there.
fn require_features(entry: &Entry, device: &Device, features: Features, faults: &mut Faults) {
    let kind = device.spec.kind;
    if let Some(feature) = device.spec.feature {
        features.require(feature, &format!("`{kind}`"), &entry.name, faults);
    }
    for option in device.options.iter().filter(|option| option.text != "false") {
        let setting = entry.settings.iter().find(|setting| setting.name == option.spec.name);
        if let (Some(feature), Some(setting)) = (option.spec.feature, setting) {
            features.require(feature, &format!("`{kind}({})`", option.spec.name), &setting.name, faults);
        }
    }
}

/// Reports the devices that are of no use without another one, where that is not declared.
pub(super) fn check_required(annotation: &Annotation, declared: &Declared, faults: &mut Faults) {
    let is_declared = |kind: &str| declared.devices.iter().any(|device| device.spec.kind == kind);
    let has_fault = |device: &Device| {
        let entry = annotation.entries.iter().find(|entry| entry.name == device.spec.kind);
        let settings = entry.map_or(&[][..], |entry| &entry.settings);
        settings.iter().any(|setting| setting.name != NAME && device.option(&name_of(&setting.name)).is_none())
    };
    for device in declared.devices.iter().filter(|device| !has_fault(device)) {
        let Some(required) = device.spec.requires.filter(|kind| !is_declared(kind)) else { continue };
        if annotation.torn || declared.excused.contains(required) {
            continue; // it may be what is misspelt
        }
        let message = format!(
            "`{}` needs a `{required}`, and none is declared\nhelp: write `{}`",
            device.spec.kind,
            with_first(required, annotation)
        );
        faults.at(syn::Ident::new(device.spec.kind, device.span), message);
    }
}

fn unknown(entry: &Entry, kind: &str, table: Table, declared: &mut Declared, faults: &mut Faults) {
    if entry.torn {
        return; // of `rt::console`, say, only `rt` was read
    }
    let kinds: Vec<&str> = table.iter().map(|spec| spec.kind).chain([ARGUMENTS, ENVIRONMENT]).collect();
    let text = match synonyms::help(kind) {
        Some(help) => format!("unknown device `{kind}`\n{help}"),
        None => format!("unknown device `{kind}`\n{}", known(kind, &kinds)),
    };
    faults.at(&entry.name, text);
    declared.excused.insert(kind.to_owned());
    declared.excused.extend(entry.settings.iter().map(|setting| name_of(&setting.name)));
    declared.excused.extend(entry.settings.iter().filter(|setting| setting.name == NAME).filter_map(given_text));
    declared.excused.extend(nearest(kind, kinds.iter().copied()).map(str::to_owned));
}

/// What `name = "..."` says.
fn own_name(entry: &Entry, spec: &DeviceSpec, table: Table, faults: &mut Faults) -> Option<String> {
    let setting = entry.settings.iter().find(|setting| spec.several && setting.name == NAME)?;
    let example = format!("help: write `{}(name = \"lan\")`", spec.kind);
    let value = match &setting.given {
        Given::Value(value) => value,
        Given::Rest | Given::Broken => return None,
        Given::Constant(constant) => {
            faults.at(constant, format!("`name` takes a literal, not a constant\n{example}"));
            return None;
        }
        Given::Nothing => {
            faults.at(&setting.name, format!("`name` lacks a value\n{example}"));
            return None;
        }
    };
    let name = match &value.literal {
        syn::Lit::Str(text) if is_parameter_name(&text.value()) => text.value(),
        _ => {
            let shown = literal::shown(value);
            faults.at(value, format!("`name` must be a string that can name a parameter, not `{shown}`\n{example}"));
            return None;
        }
    };
    if name != spec.kind && super::arguments::is_reserved(&name, table) {
        faults.at(value, format!("`{name}` is reserved: it cannot name a device\n{example}"));
        return None;
    }
    Some(name)
}

/// The text that a setting is given, if it is one.
fn given_text(setting: &Setting) -> Option<String> {
    match &setting.given {
        Given::Value(crate::parse::Value { literal: syn::Lit::Str(text), .. }) => Some(text.value()),
        Given::Value(_) | Given::Constant(_) | Given::Nothing | Given::Rest | Given::Broken => None,
    }
}

/// Whether a text can name a parameter and stand on a command line.
fn is_parameter_name(text: &str) -> bool {
    is_name(text) && syn::parse_str::<syn::Ident>(text).is_ok()
}

fn options(entry: &Entry, spec: &'static DeviceSpec, faults: &mut Faults) -> Vec<DeviceOption> {
    let mut options: Vec<DeviceOption> = Vec::new();
    let mut seen: Vec<&Setting> = Vec::new();
    for setting in &entry.settings {
        let name = name_of(&setting.name);
        if let Some(first) = seen.iter().find(|other| other.name == setting.name) {
            faults.between(&first.name, &setting.name, format!("duplicate option `{name}`\nhelp: remove one of them"));
            continue;
        }
        seen.push(setting);
        if spec.several && name == NAME {
            continue;
        }
        let Some(option) = spec.options.iter().find(|option| option.name == name) else {
            unknown_option(setting, &name, spec, faults);
            continue;
        };
        let subject = literal::Subject::option(spec, option);
        if matches!(setting.given, Given::Nothing) && option.when == When::Boot && option.default.is_none() {
            let span = setting.name.span();
            options.push(DeviceOption { spec: option, text: String::new(), span, is_required: true });
        } else if let Some(text) = literal::check_given(setting, &option.kind, &subject, faults) {
            let span = match &setting.given {
                Given::Value(value) => value.literal.span(),
                _ => setting.name.span(),
            };
            options.push(DeviceOption { spec: option, text, span, is_required: false });
        }
    }
    options
}

fn unknown_option(setting: &Setting, name: &str, spec: &DeviceSpec, faults: &mut Faults) {
    let mut names: Vec<&str> = spec.options.iter().map(|option| option.name).collect();
    if spec.several {
        names.push(NAME);
    }
    let message = match (names.is_empty(), nearest(name, names.iter().copied())) {
        (true, _) => format!("`{}` has no options\nhelp: write `{}`", spec.kind, spec.kind),
        (_, Some(_)) => format!("`{}` has no option `{name}`\n{}", spec.kind, known(name, &names)),
        (_, None) => {
            format!("`{}` has no option `{name}`\n{}\nhelp: write `{}`", spec.kind, known(name, &names), spec.example)
        }
    };
    faults.at(&setting.name, message);
}

#[cfg(test)]
mod tests {
    use super::CHECKS;

    #[test]
    fn every_check_is_of_a_device() {
        for (kind, _) in CHECKS {
            assert!(unikernel_vocabulary::device(kind).is_some(), "`{kind}` is checked, and no device");
        }
    }
}
