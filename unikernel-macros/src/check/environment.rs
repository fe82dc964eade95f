//! Checks `env(...)`: the variables of a program of `std`, and their values where the boot command line gives none.

use super::{Declared, literal, name_of, std};
use crate::faults::Faults;
use crate::parse::{ENVIRONMENT, Entry, Given};
use crate::plan::Variable;

pub(super) fn check(entry: &Entry, declared: &mut Declared, faults: &mut Faults) {
    if !std::is_declared(declared) && !declared.excused.contains("std") {
        let message = "`env` is for programs of `std`, whose `std::env` reads it";
        faults.at(&entry.name, format!("{message}\nhelp: write `std` beside it, or `args(...)` in its place"));
    }
    let mut variables: Vec<Variable> = Vec::new();
    for setting in &entry.settings {
        let name = name_of(&setting.name);
        if let Some(first) = entry.settings.iter().find(|other| other.name == setting.name)
            && !core::ptr::eq(first, setting)
        {
            let message = format!("duplicate variable `{name}`\nhelp: remove one of them");
            faults.between(&first.name, &setting.name, message);
            continue;
        }
        if !unikernel_vocabulary::declaration::is_name(&name) {
            let message = format!("`{name}` cannot be used on a command line");
            let help = "help: give it a name of ASCII letters, digits and `_`";
            faults.at(&setting.name, format!("{message}\n{help}"));
            continue;
        }
        let value = match &setting.given {
            Given::Broken => continue,
            Given::Nothing => None,
            Given::Value(value) => match &value.literal {
                syn::Lit::Str(text) if !text.value().contains('\0') => Some(text.value()),
                _ => {
                    let shown = literal::shown(value);
                    let message = format!("a variable's value is a text, not `{shown}`");
                    faults.at(
                        value,
                        format!("{message}\nhelp: write `{ENVIRONMENT}({name} = \"{}\")`", shown.trim_matches('"')),
                    );
                    continue;
                }
            },
            Given::Constant(constant) => {
                let message = "a variable's value is a literal, not a constant";
                faults.at(constant, format!("{message}\nhelp: write `{ENVIRONMENT}({name} = \"value\")`"));
                continue;
            }
            Given::Rest => continue, // reported where it was read
        };
        variables.push(Variable { name, value });
    }
    declared.variables = variables;
}
