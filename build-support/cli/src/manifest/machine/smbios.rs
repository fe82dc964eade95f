//! Strings of SMBIOS, with values of boot arguments.

use unikernel_vocabulary::{
    Decoded,
    command_line::{self, MAX_BYTES},
    declaration::SMBIOS_PREFIX,
    nearest,
};

use super::{Machine, MachineType};
use crate::manifest::{
    document::{Entry, Value},
    report::Fault,
};

const HELP: &str = "write `smbios = [\"unikernel:name=one port=81\"]`";

impl Machine {
    /// The words of its strings, each as the kernel reads them.
    pub fn smbios_words(&self) -> impl Iterator<Item = &str> {
        self.smbios.iter().filter_map(|text| text.strip_prefix(SMBIOS_PREFIX))
    }
}

/// Reads the strings, and checks their words against what is declared.
pub(super) fn read(entry: &Entry, declaration: &Decoded<'_>, faults: &mut Vec<Fault>) -> Vec<String> {
    let Value::Array(items) = &entry.value else {
        let title = format!("`smbios` of the machine is {}, not an array", entry.value.type_name());
        faults.push(Fault::new(title).at(entry.span.clone(), "expected an array of strings").help(HELP));
        return Vec::new();
    };
    let mut strings = Vec::new();
    for (item, span) in items {
        let fault = match item {
            Value::Text(text) => {
                strings.push(text.clone()); // a faulty one as well: what it gives is not missing
                let Err((title, help)) = check(text, declaration) else { continue };
                let fault = Fault::new(format!("`smbios` of the machine: {title}"));
                fault.at(span.clone(), "in this string").help(help)
            }
            _ => Fault::new(format!("`smbios` of the machine contains {}, not a string", item.type_name()))
                .at(span.clone(), "expected a string")
                .help(HELP),
        };
        faults.push(fault);
    }
    let bytes: usize = items.iter().filter_map(|(item, _)| length(item)).sum();
    if bytes > MAX_BYTES {
        let title = format!("`smbios` of the machine has words of {bytes} bytes, and at most {MAX_BYTES} fit");
        faults.push(Fault::new(title).at(entry.span.clone(), "too long").help("shorten the values"));
    }
    if !items.is_empty() && !declaration.has_values_of("smbios") {
        let title = "`smbios` of the machine has no effect: the application does not declare `values(smbios)`";
        let fault = Fault::new(title).at(entry.key_span.clone(), "nobody reads it");
        faults.push(fault.help("remove the line, or declare `values(smbios)` in the annotation"));
    }
    strings
}

/// Reports strings for a machine without SMBIOS.
pub(super) fn check_type(machine: &Machine, entry: &Entry, faults: &mut Vec<Fault>) {
    if machine.machine_type == Some(MachineType::Microvm) && !machine.smbios.is_empty() {
        let fault = Fault::new("`smbios` of the machine has no effect: `microvm` has no SMBIOS");
        let fault = fault.at(entry.key_span.clone(), "not on this machine");
        faults.push(fault.help("write `type = \"q35\"`, or the values in `[args]`"));
    }
}

/// How many bytes of the kernel's room a string takes: its words, and a space before them.
fn length(item: &Value) -> Option<usize> {
    let Value::Text(text) = item else { return None };
    Some(text.strip_prefix(SMBIOS_PREFIX)?.len() + 1)
}

/// Checks one string; what is wrong with it, and how to mend it.
fn check(text: &str, declaration: &Decoded<'_>) -> Result<(), (String, String)> {
    let help = || HELP.to_owned();
    let Some(words) = text.strip_prefix(SMBIOS_PREFIX) else {
        return Err((format!("`{}` does not begin with `{SMBIOS_PREFIX}`", text.escape_debug()), help()));
    };
    if words.chars().any(char::is_control) {
        return Err((format!("`{}` has a control character", text.escape_debug()), help()));
    }
    for word in command_line::words(words) {
        let word = word.map_err(|fault| (fault.to_string(), help()))?;
        let Some(argument) = declaration.arguments().find(|argument| argument.name == word.key) else {
            if command_line::is_foreign(word.key) {
                continue;
            }
            let names = declaration.arguments().map(|argument| argument.name);
            let help = nearest(word.key, names).map_or_else(help, |near| format!("did you mean `{near}`?"));
            return Err((format!("`{}` is not declared", word.key.escape_debug()), help));
        };
        let value = word.value.unwrap_or_default();
        // One with escapes is for the kernel to check.
        if !word.quoted
            && let Err(mismatch) = argument.kind.check(value)
        {
            let help = format!("write {} for `{}`", argument.kind, word.key);
            return Err((format!("`{}`: {mismatch}", word.key), help));
        }
    }
    Ok(())
}
