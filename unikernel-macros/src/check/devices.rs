//! Checks the declared devices and their options.

use unikernel_vocabulary::declaration::is_name;
use unikernel_vocabulary::{DeviceSpec, nearest};

use super::{ARGUMENTS, Declared, Table, known, kv, literal, name_of};
use crate::faults::Faults;
use crate::features::Features;
use crate::parse::{Entry, Given, Setting};
use crate::plan::{Device, DeviceOption};

/// The option that tells several devices of a kind apart; it belongs to no kind.
const NAME: &str = "name";

/// Checks one entry and adds its device.
pub(super) fn check(entry: &Entry, table: Table, features: Features, declared: &mut Declared, faults: &mut Faults) {
    let kind = name_of(&entry.name);
    let Some(spec) = table.iter().copied().find(|spec| spec.kind == kind) else {
        return unknown(entry, &kind, table, declared, faults);
    };
    let own_name = own_name(entry, spec, table, faults);
    if own_name.is_none() {
        // A name that it cannot have is told of once; the parameter is not a second mistake, whichever name it has.
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
    };
    if spec.kind == kv::KIND {
        kv::check(entry, &mut device, declared, features, faults);
    }
    if let Some(volume) = declared.devices.iter().find(|other| kv::declares_block(other, &device.name)) {
        let first = syn::Ident::new(volume.spec.kind, volume.span);
        let message = format!(
            "`{0}` is declared twice: the volume of `{1}` declares a block device `{0}`",
            device.name, volume.name
        );
        faults.between(first, &entry.name, format!("{message}\nhelp: give one of them another name"));
    }
    match declared.devices.iter().find(|other| other.name == device.name) {
        None => declared.devices.push(device),
        Some(first) => {
            let mut message = format!("`{}` is declared twice\nhelp: remove one of them", device.name);
            if spec.several {
                message.push_str(&format!(", or tell them apart: write `{}(name = \"lan\")`", spec.kind));
            }
            faults.between(syn::Ident::new(first.spec.kind, first.span), &entry.name, message);
        }
    }
}

fn unknown(entry: &Entry, kind: &str, table: Table, declared: &mut Declared, faults: &mut Faults) {
    if entry.torn {
        return; // of `rt::console`, say, only `rt` was read
    }
    let kinds: Vec<&str> = table.iter().map(|spec| spec.kind).chain([ARGUMENTS]).collect();
    faults.at(&entry.name, format!("unknown device `{kind}`\n{}", known(kind, &kinds)));
    declared.excused.insert(kind.to_owned());
    declared.excused.extend(entry.settings.iter().map(|setting| name_of(&setting.name)));
    declared.excused.extend(nearest(kind, kinds.iter().copied()).map(str::to_owned));
}

/// What `name = "..."` says.
fn own_name(entry: &Entry, spec: &DeviceSpec, table: Table, faults: &mut Faults) -> Option<String> {
    let setting = entry.settings.iter().find(|setting| spec.several && setting.name == NAME)?;
    let example = format!("help: write `{}(name = \"lan\")`", spec.kind);
    let value = match &setting.given {
        Given::Value(value) => value,
        Given::Broken => return None,
        Given::Nothing => {
            faults.at(&setting.name, format!("`name` lacks a value\n{example}"));
            return None;
        }
    };
    let name = match &value.literal {
        syn::Lit::Str(text) if is_parameter_name(&text.value()) => text.value(),
        _ => {
            let shown = literal::shown(value);
            faults.at(value, format!("`name` must be a text that can name a parameter, not `{shown}`\n{example}"));
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
        Given::Value(_) | Given::Nothing | Given::Broken => None,
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
            faults.between(&first.name, &setting.name, format!("`{name}` is given twice\nhelp: remove one of them"));
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
        if let Some(text) = literal::check_given(setting, &option.kind, &subject, faults) {
            let span = match &setting.given {
                Given::Value(value) => value.literal.span(),
                _ => setting.name.span(),
            };
            options.push(DeviceOption { spec: option, text, span });
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
