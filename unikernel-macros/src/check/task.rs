//! Checks `#[task(...)]`; what the executor's own macro checks well is left to it.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Lit;

use super::{known, name_of};
use crate::faults::Faults;
use crate::features::Features;
use crate::parse::{Function, Given, Setting};

/// The one option.
const POOL_SIZE: &str = "pool_size";

/// Most tasks of a pool: each has memory of its own.
const POOL_SIZE_MAX: usize = 65_536;

/// A checked task.
pub(crate) struct Task {
    pub(crate) function: Function,
    /// How many may run at once: a literal, or the path of a constant.
    pub(crate) pool_size: Option<TokenStream>,
    /// Where the runtime is.
    pub(crate) runtime: syn::Path,
}

/// Reads and checks a task.
pub(crate) fn check(options: TokenStream, item: TokenStream, features: Features, faults: &mut Faults) -> Option<Task> {
    let mut pool_size: Option<(&Setting, Option<TokenStream>)> = None;
    let (options, runtime) = crate::runtime::take(options, faults);
    let (settings, _) = Setting::parse_all(options, false, faults);
    for setting in &settings {
        let name = name_of(&setting.name);
        match &pool_size {
            _ if name != POOL_SIZE => {
                let message = format!("`task` has no option `{name}`\n{}", known(&name, &[POOL_SIZE]));
                faults.at(&setting.name, message);
            }
            Some((first, _)) => faults.between(
                &first.name,
                &setting.name,
                format!("duplicate option `{name}`\nhelp: remove one of them"),
            ),
            None => pool_size = Some((setting, size(setting, faults))),
        }
    }
    let wanted = "write `#[task]` above an `async fn`";
    let function = Function::parse(item, "task", wanted, faults)?;
    let signature = &function.signature;
    match &signature.asyncness {
        Some(asynchronous) => features.require("async", "a task", asynchronous, faults),
        None => {
            let help = format!("help: write `async fn {}`", signature.ident);
            faults.at(signature.fn_token, format!("a task must be an `async fn`\n{help}"));
        }
    }
    if !signature.generics.params.is_empty() {
        faults.at(&signature.generics, "a task cannot be generic: its memory is allocated at compile time");
    }
    Some(Task { pool_size: pool_size.and_then(|(_, size)| size), function, runtime })
}

fn size(setting: &Setting, faults: &mut Faults) -> Option<TokenStream> {
    const HELP: &str = "help: write `#[task(pool_size = 4)]`";
    match &setting.given {
        Given::Rest | Given::Broken => {}
        // As many as a constant says, such as the sockets of a network.
        Given::Constant(constant) => return Some(constant.clone()),
        Given::Nothing => faults.at(&setting.name, format!("`pool_size` lacks a value\n{HELP}")),
        Given::Value(value) => match (&value.literal, &value.minus) {
            (Lit::Int(int), None)
                if int.base10_parse::<usize>().is_ok_and(|size| (1..=POOL_SIZE_MAX).contains(&size)) =>
            {
                return Some(int.to_token_stream());
            }
            _ => {
                let shown = super::literal::shown(value);
                faults.at(
                    value,
                    format!("`pool_size` takes an integer from 1 to {POOL_SIZE_MAX}, not `{shown}`\n{HELP}"),
                );
            }
        },
    }
    None
}
