//! Checks an annotation against the vocabulary and the signature of `main`.
//!
//! Devices and arguments come first, then the signature, then whether the two match. A name with an error counts as declared
//! from then on, so that one mistake is not reported twice.

mod arguments;
mod block;
mod console;
mod devices;
mod environment;
mod kv;
mod literal;
mod memory;
mod net;
mod parameters;
mod returned;
mod signature;
mod stack;
mod std;
mod synonyms;
pub(crate) mod task;
mod values;
mod wanted;

use ::std::collections::BTreeSet;

use unikernel_vocabulary::DeviceSpec;

use crate::faults::Faults;
use crate::features::Features;
use crate::parse::{ARGUMENTS, Annotation, ENVIRONMENT, Entry, Function, Given, Setting};
use crate::plan::{Device, Plan, Variable};

pub(crate) use std::left_out;

/// The devices that can be declared.
pub(crate) type Table = &'static [&'static DeviceSpec];

/// What can be declared here.
#[derive(Clone, Copy)]
pub(crate) struct Language {
    pub(crate) table: Table,
    pub(crate) features: Features,
}

/// What the annotation declares, before `main` is looked at.
#[derive(Default)]
struct Declared<'a> {
    devices: Vec<Device>,
    arguments: Vec<&'a Setting>,
    /// What takes all words that no argument takes.
    rest: Option<&'a Setting>,
    /// Variables of the environment.
    variables: Vec<Variable>,
    /// Names that are not to be reported again: an error that is reported already explains them.
    excused: BTreeSet<String>,
}

/// Makes the plan, or reports why there is none.
pub(crate) fn check(
    annotation: &Annotation,
    function: &Function,
    Language { table, features }: Language,
    faults: &mut Faults,
) -> Option<Plan> {
    let mut declared = Declared::default();
    let mut first_arguments: Option<&Entry> = None;
    let mut first_environment: Option<&Entry> = None;
    for entry in &annotation.entries {
        if entry.name == ENVIRONMENT {
            match first_environment {
                None => first_environment = Some(entry),
                Some(first) => {
                    let message = "duplicate `env`\nhelp: put all variables into one `env(...)`";
                    faults.between(&first.name, &entry.name, message);
                }
            }
        } else if entry.name != ARGUMENTS {
            devices::check(entry, table, features, &mut declared, faults);
        } else if let Some(first) = first_arguments {
            let message = "duplicate `args`\nhelp: put all arguments into one `args(...)`";
            faults.between(&first.name, &entry.name, message);
            declared.excused.extend(entry.settings.iter().map(|setting| name_of(&setting.name)));
        } else {
            first_arguments = Some(entry);
        }
    }
    if let Some(entry) = first_arguments {
        arguments::check(entry, table, &mut declared, faults);
    }
    if let Some(entry) = first_environment {
        environment::check(entry, &mut declared, faults);
    }
    devices::check_required(annotation, &declared, faults);
    memory::check(&declared, faults);

    let is_of_std = std::is_declared(&declared);
    if is_of_std {
        std::check(&declared, function, features, faults);
    } else if let Some(asynchronous) = &function.signature.asyncness {
        features.require("async", "an `async fn main`", asynchronous, faults);
    }
    let wanted = wanted::Wanted::new(&declared, function);
    signature::check(&function.signature, &wanted, is_of_std, faults);
    let parameters = parameters::check(annotation, function, &declared, &wanted, table, faults);
    let arguments = arguments::plan(&declared, &parameters, faults);
    if !faults.is_empty() {
        return None;
    }
    Some(Plan {
        main: function.signature.ident.clone(),
        asynchronous: function.signature.asyncness.is_some(),
        output: returned::output(&function.signature.output),
        devices: declared.devices,
        arguments,
        rest: declared.rest.map(|setting| name_of(&setting.name)),
        variables: declared.variables,
        parameters,
    })
}

/// `_console` is how Rust spells a `console` that is not used.
fn without_underscore(name: &str) -> &str {
    name.strip_prefix('_').filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// A name without `r#`: `r#type` is `type`.
fn name_of(ident: &syn::Ident) -> String {
    syn::ext::IdentExt::unraw(ident).to_string()
}

/// An entry as it would be typed.
fn entry_text(entry: &Entry) -> String {
    if entry.settings.is_empty() {
        return entry.name.to_string();
    }
    let settings: Vec<String> = entry.settings.iter().map(setting_text).collect();
    format!("{}({})", entry.name, settings.join(", "))
}

/// The whole annotation with one more device in front.
pub(crate) fn with_first(kind: &str, annotation: &Annotation) -> String {
    let entries: Vec<String> = [kind.to_owned()].into_iter().chain(annotation.entries.iter().map(entry_text)).collect();
    format!("#[unikernel({})]", entries.join(", "))
}

fn setting_text(setting: &Setting) -> String {
    match &setting.given {
        Given::Nothing => setting.name.to_string(),
        Given::Value(value) => format!("{} = {}", setting.name, literal::shown(value)),
        Given::Constant(constant) => format!("{} = {constant}", setting.name),
        Given::Rest => format!("..{}", setting.name),
        Given::Broken => format!("{} = ...", setting.name),
    }
}

/// "expected one of `a`, `b`", and "help: write `a`" where one is near.
fn known(name: &str, names: &[&str]) -> String {
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let expected = if list.len() == 1 { "expected" } else { "expected one of" };
    let mut text = format!("{expected} {}", list.join(", "));
    if let Some(near) = unikernel_vocabulary::nearest(name, names.iter().copied()) {
        text.push_str(&format!("\nhelp: write `{near}`"));
    }
    text
}
