//! Builds the signature that `main` should have.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, GenericParam, Generics, Lit, Pat, ReturnType, Type};
use unikernel_vocabulary::Parameter;

use super::{Declared, name_of, returned, without_underscore};
use crate::parse::{Function, Given, Setting};
use crate::source::type_text;

/// The runtime's type of `..rest`.
pub(super) const REST_TYPE: &str = "Rest";

/// The signature that fits the annotation; correct parts of the user's own are kept.
pub(super) struct Wanted {
    parameters: Vec<String>,
    asynchronous: bool,
    output: String,
}

impl Wanted {
    pub(super) fn new(declared: &Declared, function: &Function) -> Wanted {
        let written: Vec<(String, &Type)> = function.signature.inputs.iter().filter_map(written).collect();
        let generics = &function.signature.generics;
        let type_of = |name: &str| {
            let (_, ty) = written.iter().find(|(other, _)| other == name)?;
            (!is_generic(ty, generics)).then(|| type_text(ty))
        };
        let mut parameters = Vec::new();
        for device in &declared.devices {
            let type_name = device.spec.type_name.map(str::to_owned);
            let nameless = written.iter().filter(|(name, _)| name.is_empty()).map(|(_, ty)| type_text(ty));
            let own = type_of(&device.name).or_else(|| nameless.into_iter().find(|ty| Some(ty) == type_name.as_ref()));
            let handed = match device.spec.parameter {
                Parameter::Required => own.or(type_name),
                Parameter::Optional => own,
                Parameter::Never => None,
            };
            parameters.extend(handed.map(|ty| format!("{}: {ty}", device.name)));
        }
        for setting in &declared.arguments {
            let name = name_of(&setting.name);
            let ty = type_of(&name).unwrap_or_else(|| likely_type(setting).to_owned());
            parameters.push(format!("{}: {ty}", setting.name));
        }
        parameters.extend(declared.rest.map(|setting| format!("{}: {REST_TYPE}", setting.name)));
        let asynchronous = function.signature.asyncness.is_some() || type_of("spawner").is_some();
        if type_of("spawner").is_some() {
            parameters.push("spawner: Spawner".to_owned());
        }
        Wanted { parameters, asynchronous, output: output(&function.signature.output) }
    }

    /// "help: write `fn main(console: Console, port: u16)`"
    pub(super) fn help(&self) -> String {
        format!("help: write `{self}`")
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fn_ = if self.asynchronous { "async fn" } else { "fn" };
        write!(f, "{fn_} main({}){}", self.parameters.join(", "), self.output)
    }
}

/// The name of a parameter, without the underscore that keeps warnings away, and its type; patterns have no name.
fn written(parameter: &FnArg) -> Option<(String, &Type)> {
    let FnArg::Typed(typed) = parameter else { return None };
    let name = match &*typed.pat {
        Pat::Ident(pattern) => name_of(&pattern.ident),
        _ => String::new(),
    };
    Some((without_underscore(&name).to_owned(), &typed.ty))
}

/// Whether a type needs a generic function.
fn is_generic(ty: &Type, generics: &Generics) -> bool {
    let names: Vec<String> = generics
        .params
        .iter()
        .map(|parameter| match parameter {
            GenericParam::Lifetime(parameter) => parameter.lifetime.ident.to_string(),
            GenericParam::Type(parameter) => parameter.ident.to_string(),
            GenericParam::Const(parameter) => parameter.ident.to_string(),
        })
        .collect();
    fn mentions(tokens: TokenStream, names: &[String]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => mentions(group.stream(), names),
            TokenTree::Ident(ident) => ident == "impl" || names.iter().any(|name| ident == name),
            _ => false,
        })
    }
    mentions(ty.to_token_stream(), &names)
}

/// A type for an argument that has none yet.
fn likely_type(setting: &Setting) -> &'static str {
    let value = match &setting.given {
        Given::Value(value) => value,
        Given::Constant(_) => return "...", // only the compiler knows
        Given::Nothing | Given::Rest | Given::Broken => return "&str",
    };
    match (&value.literal, &value.minus) {
        (Lit::Int(_), Some(_)) => "i32",
        (Lit::Int(int), None) if int.base10_parse::<u16>().is_ok() => "u16",
        (Lit::Int(_), None) => "u64",
        (Lit::Bool(_), _) => "bool",
        _ => "&str",
    }
}

fn output(written: &ReturnType) -> String {
    match written {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) if returned::is_returnable(ty) => format!(" -> {}", type_text(ty)),
        ReturnType::Type(_, ty) => match &**ty {
            Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Result") => {
                " -> Result<(), Error>".to_owned()
            }
            _ => " -> ExitCode".to_owned(),
        },
    }
}
