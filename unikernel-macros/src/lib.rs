//! The attributes of a unikernel: `#[unikernel(...)]` and `#[task]`.
//!
//! The source reads as its pipeline: `parse` turns an annotation into syntax with places, `check` compares it with the
//! vocabulary and with the signature of `main`, `plan` is the checked result, and `expand` writes the code for it. `faults`
//! collects the errors, to be reported together; `written` saves the expansion to a file.
//!
//! Applications use these through the runtime's prelude, which documents them.
#![forbid(unsafe_code)]

mod check;
mod conditional;
mod expand;
mod faults;
mod features;
mod named;
mod parse;
mod plan;
mod root;
mod runtime;
mod source;
#[cfg(test)]
mod tests;
mod written;

use check::Language;
use faults::Faults;
use features::Features;
use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use root::Root;

/// Makes a kernel of the function `main` and of what is declared between the parentheses.
#[doc = include_str!("../declarations.md")]
#[proc_macro_attribute]
pub fn unikernel(annotation: TokenStream, item: TokenStream) -> TokenStream {
    let expansion = unikernel_tokens(annotation.into(), item.into(), Features::OfTheRuntime, Root::find());
    written::leave(&expansion);
    expansion.into()
}

/// Makes an `async fn` a task that a `Spawner` can start; `#[task(pool_size = 4)]` lets four of it run at once.
///
/// The size may be a constant. `net` defines `NET_SOCKETS`, the number of its TCP sockets, beside `main`: a task for each connection
/// is a `#[task(pool_size = crate::NET_SOCKETS)]`. A `net(name = "lan")` defines `LAN_SOCKETS`.
#[proc_macro_attribute]
pub fn task(options: TokenStream, item: TokenStream) -> TokenStream {
    task_tokens(options.into(), item.into(), Features::OfTheRuntime).into()
}

fn unikernel_tokens(annotation: TokenStream2, item: TokenStream2, features: Features, root: Root) -> TokenStream2 {
    if let Some(variants) = conditional::variants("unikernel", &annotation, &item) {
        return variants;
    }
    let mut faults = Faults::default();
    let language = Language { table: unikernel_vocabulary::DEVICES, features };
    let read = match root.check(&annotation, features, &mut faults) {
        true => read(annotation, item.clone(), language, &mut faults),
        false => None, // what else there is to say follows from that
    };
    match read {
        Some((plan, function, runtime)) => expand::kernel(&plan, &function, &runtime),
        None => expand::inert(&item, faults, root),
    }
}

/// The first half of the pipeline: a plan, or faults.
fn read(
    annotation: TokenStream2,
    item: TokenStream2,
    language: Language,
    faults: &mut Faults,
) -> Option<(plan::Plan, parse::Function, syn::Path)> {
    let (annotation, runtime) = runtime::take(annotation, faults);
    let annotation = parse::Annotation::parse(annotation, faults);
    faults.declared.clone_from(&annotation.named);
    let wanted = "write `#[unikernel(console)]` above `fn main(console: Console)`";
    let function = parse::Function::parse(item, "unikernel", wanted, faults)?;
    let plan = check::check(&annotation, &function, language, faults)?;
    Some((plan, function, runtime))
}

fn task_tokens(options: TokenStream2, item: TokenStream2, features: Features) -> TokenStream2 {
    if let Some(variants) = conditional::variants("task", &options, &item) {
        return variants;
    }
    let mut faults = Faults::default();
    match check::task::check(options, item.clone(), features, &mut faults) {
        Some(task) if faults.is_empty() => expand::task::task(&task),
        Some(task) if features.is_on("async") => expand::task::inert(task, faults),
        _ => expand::inert_task(&item, faults),
    }
}
