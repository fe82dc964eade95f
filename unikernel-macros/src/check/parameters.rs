//! Matches the parameters of `main` with what the annotation declares.

use quote::ToTokens;
use syn::{FnArg, Ident, Pat, PatIdent, PatType, Type};
use unikernel_vocabulary::{Parameter as Rule, nearest};

use super::arguments;
use super::wanted::{REST_TYPE, Wanted};
use super::{Declared, Table, entry_text, name_of, setting_text, std, without_underscore};
use crate::faults::Faults;
use crate::parse::{ARGUMENTS, Annotation, Function, Given};
use crate::plan::{Parameter, Source};
use crate::source::type_text;

/// Something that a parameter can receive.
struct Offer {
    name: String,
    source: Source,
    /// The parameter that receives it.
    taken: Option<Ident>,
}

/// A parameter that matches nothing.
struct Orphan<'a> {
    name: String,
    pattern: &'a PatIdent,
    ty: &'a Type,
}

/// Finds the source of every parameter, and a parameter for everything that must have one.
pub(super) fn check(
    annotation: &Annotation,
    function: &Function,
    declared: &Declared,
    wanted: &Wanted,
    table: Table,
    faults: &mut Faults,
) -> Vec<Parameter> {
    let signature = &function.signature;
    let is_of_std = std::is_declared(declared);
    let mut offers = offers(declared, signature.asyncness.is_some() && !is_of_std);
    let mut parameters = Vec::new();
    let mut orphans = Vec::new();
    // A parameter that has no name may be meant for anything.
    let mut nameless = signature.variadic.is_some();
    for input in &signature.inputs {
        let Some((typed, pattern)) = plain(input, wanted, faults) else {
            nameless = true;
            continue;
        };
        let name = name_of(&pattern.ident);
        let found = offers.iter().position(|offer| offer.name == name);
        let found = found.or_else(|| offers.iter().position(|offer| offer.name == without_underscore(&name)));
        let Some(offer) = found.map(|index| &mut offers[index]) else {
            orphans.push(Orphan { name, pattern, ty: &typed.ty });
            continue;
        };
        if let Some(first) = &offer.taken {
            faults.between(
                first,
                &pattern.ident,
                format!("duplicate parameter `{}`\nhelp: remove one of them", offer.name),
            );
            faults.drop_function = true;
            continue;
        }
        offer.taken = Some(pattern.ident.clone());
        if let Source::Device(index) = offer.source
            && is_of_std
            && declared.devices[index].spec.parameter != Rule::Never
        {
            let message = std::not_a_parameter(declared.devices[index].spec.kind);
            faults.at(&pattern.ident, message.replace("NAME", &offer.name));
            faults.drop_function = true;
        } else if let Source::Device(index) = offer.source
            && declared.devices[index].spec.parameter == Rule::Never
        {
            let message = format!("`{}` cannot be a parameter of `main`\n{}", offer.name, wanted.help());
            faults.at(&pattern.ident, message);
        }
        if offer.source == Source::Rest && arguments::is_other_type(&typed.ty) {
            let message = format!("`{}` is of the type `{REST_TYPE}`, an iterator of `&'static str`", offer.name);
            faults.at(&typed.ty, format!("{message}\nhelp: write `{}: {REST_TYPE}`", pattern.ident));
        }
        parameters.push(Parameter { source: offer.source, ty: (*typed.ty).clone() });
    }

    for orphan in orphans {
        if annotation.torn || declared.excused.contains(without_underscore(&orphan.name)) {
            continue;
        }
        let message = adopt(&orphan, &mut offers, annotation, declared, wanted, table);
        faults.at(&orphan.pattern.ident, message);
    }
    if !nameless {
        let untaken = offers.iter().filter(|offer| offer.taken.is_none() && !declared.excused.contains(&offer.name));
        untaken.for_each(|offer| missing(offer, declared, wanted, faults));
    }
    parameters
}

fn offers(declared: &Declared, asynchronous: bool) -> Vec<Offer> {
    let offer = |name: String, source| Offer { name, source, taken: None };
    let devices = declared.devices.iter().enumerate();
    let devices = devices.map(|(index, device)| offer(device.name.clone(), Source::Device(index)));
    let arguments = declared.arguments.iter().enumerate();
    let arguments = arguments.map(|(index, setting)| offer(name_of(&setting.name), Source::Argument(index)));
    let rest = declared.rest.map(|setting| offer(name_of(&setting.name), Source::Rest));
    let spawner = asynchronous.then(|| offer("spawner".to_owned(), Source::Spawner));
    devices.chain(arguments).chain(rest).chain(spawner).collect()
}

/// A parameter that is a plain name, or a fault.
fn plain<'a>(input: &'a FnArg, wanted: &Wanted, faults: &mut Faults) -> Option<(&'a PatType, &'a PatIdent)> {
    let typed = match input {
        FnArg::Typed(typed) => typed,
        FnArg::Receiver(receiver) => {
            faults.at(receiver, format!("`main` cannot take `self`\n{}", wanted.help()));
            faults.drop_function = true;
            return None;
        }
    };
    match &*typed.pat {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            if let Type::ImplTrait(ty) = &*typed.ty {
                faults.at(ty, format!("`main` cannot be generic\n{}", wanted.help()));
            }
            Some((typed, pattern))
        }
        pattern => {
            let shown = pattern.to_token_stream().to_string();
            let message =
                format!("a parameter of `main` must be a plain name, not the pattern `{shown}`\n{}", wanted.help());
            faults.at(pattern, message);
            None
        }
    }
}

/// The fault about a parameter that nothing is declared for; what it was meant for counts as taken.
fn adopt(
    orphan: &Orphan,
    offers: &mut [Offer],
    annotation: &Annotation,
    declared: &Declared,
    wanted: &Wanted,
    table: Table,
) -> String {
    let name = without_underscore(&orphan.name);
    let undeclared = format!("`{name}` is not declared");
    if name == "spawner" {
        return format!("`spawner` needs an `async fn main`\n{}", wanted.help());
    }
    if table.iter().any(|spec| spec.kind == name) {
        return format!("{undeclared}\nhelp: write `{}`", with_entry(annotation, name));
    }
    let type_name = type_text(orphan.ty);
    let of_type = offers.iter().position(|offer| match offer.source {
        Source::Device(index) => offer.taken.is_none() && declared.devices[index].spec.type_name == Some(&type_name),
        _ => false,
    });
    let free = offers.iter().filter(|offer| offer.taken.is_none()).map(|offer| offer.name.as_str());
    let near = nearest(name, free).map(str::to_owned);
    let near = of_type.or_else(|| offers.iter().position(|offer| Some(&offer.name) == near.as_ref()));
    match near.map(|index| &mut offers[index]) {
        Some(offer) => {
            offer.taken = Some(orphan.pattern.ident.clone());
            format!("{undeclared}\nhelp: write `{}: {type_name}`", offer.name)
        }
        None if arguments::is_rest_type(orphan.ty) && declared.rest.is_none() => {
            format!("{undeclared}\nhelp: write `{}`", with_argument(annotation, &format!("..{}", orphan.pattern.ident)))
        }
        None => match table.iter().find(|spec| spec.type_name == Some(&type_name)) {
            Some(spec) => {
                let annotation = with_entry(annotation, spec.kind);
                format!("{undeclared}\nhelp: write `{annotation}` and `{}: {type_name}`", spec.kind)
            }
            None => {
                // Where the name needs no `r#`, the underscore goes too.
                let ident = orphan.pattern.ident.to_string();
                let argument = if ident.starts_with("r#") { ident } else { name.to_owned() };
                format!("{undeclared}\nhelp: write `{}`", with_argument(annotation, &argument))
            }
        },
    }
}

/// The whole annotation with one more device.
fn with_entry(annotation: &Annotation, kind: &str) -> String {
    let entries: Vec<String> = annotation.entries.iter().map(entry_text).chain([kind.to_owned()]).collect();
    format!("#[unikernel({})]", entries.join(", "))
}

/// The `args(...)` of the annotation with one more argument.
fn with_argument(annotation: &Annotation, argument: &str) -> String {
    let written = annotation.entries.iter().find(|entry| entry.name == ARGUMENTS);
    let settings = written.map_or(&[][..], |entry| &entry.settings).iter().map(setting_text);
    format!("args({})", settings.chain([argument.to_owned()]).collect::<Vec<_>>().join(", "))
}

/// Reports a declaration that must be a parameter and is not.
fn missing(offer: &Offer, declared: &Declared, wanted: &Wanted, faults: &mut Faults) {
    let name = &offer.name;
    match offer.source {
        Source::Device(_) if std::is_declared(declared) => {}
        Source::Device(index) if declared.devices[index].spec.parameter == Rule::Required => {
            let place = Ident::new(declared.devices[index].spec.kind, declared.devices[index].span);
            faults.at(place, format!("`{name}` is declared, but not a parameter of `main`\n{}", wanted.help()));
        }
        Source::Argument(index) if !matches!(declared.arguments[index].given, Given::Broken) => {
            let place = &declared.arguments[index].name;
            faults.at(place, format!("`{name}` is declared, but not a parameter of `main`\n{}", wanted.help()));
        }
        // The words are those of `std::env::args`.
        Source::Rest if std::is_declared(declared) => {}
        Source::Rest => {
            let place = declared.rest.map(|setting| &setting.name);
            faults.at(place, format!("`{name}` is declared, but not a parameter of `main`\n{}", wanted.help()));
        }
        _ => {}
    }
}
