//! The attributes of a unikernel: `#[unikernel(...)]` and `#[task]`.
//!
//! The source reads as its pipeline: `parse` turns an annotation into syntax with places, `check` lays it over the
//! vocabulary and over the signature of `main`, `plan` is what has passed, and `expand` writes the code for it. `faults`
//! collects what is wrong, to be shown at once; `written` leaves the result where people can read it.
//!
//! Applications use these through the runtime's prelude, which documents them.
#![forbid(unsafe_code)]

mod check;
mod expand;
mod faults;
mod parse;
mod plan;
#[cfg(test)]
mod tests;
mod written;

use proc_macro::TokenStream;

/// Makes a kernel of the function `main` and of what is declared between the parentheses.
///
/// ```ignore
/// #[unikernel(console, clock, args(port = 80, greeting = "hello"))]
/// fn main(console: Console, port: u16, greeting: &str) {}
/// ```
///
/// - `console`, `clock`, ...: a device, handed to `main` as the parameter of its name
/// - `heap`, `heap(size = "1MiB")`: the global allocator
/// - `log(level = "info")`: the sink of the `log` crate
/// - `args(port = 80, name)`: boot arguments; those without a default are required, unless their type is an `Option`
///
/// `main` is `fn` or `async fn`, the latter with `spawner: Spawner` where wanted, and returns nothing, `!`,
/// `Result<(), E>` or `ExitCode`.
#[proc_macro_attribute]
pub fn unikernel(annotation: TokenStream, item: TokenStream) -> TokenStream {
    unikernel_tokens(annotation.into(), item.into()).into()
}

/// Makes an `async fn` a task that a `Spawner` can start; `#[task(pool_size = 4)]` lets four of it run at once.
#[proc_macro_attribute]
pub fn task(options: TokenStream, item: TokenStream) -> TokenStream {
    task_tokens(options.into(), item.into()).into()
}

fn unikernel_tokens(annotation: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let mut faults = faults::Faults::default();
    let annotation = parse::Annotation::parse(annotation, &mut faults);
    let wanted = "write `#[unikernel(console)]` above `fn main(console: Console)`";
    let function = parse::Function::parse(item.clone(), "unikernel", wanted, &mut faults);
    let plan = function
        .as_ref()
        .and_then(|function| check::check(&annotation, function, unikernel_vocabulary::DEVICES, &mut faults));
    match (plan, function) {
        (Some(plan), Some(function)) => {
            let expansion = expand::kernel(&plan, &function);
            written::leave(&expansion);
            expansion
        }
        _ => expand::inert(&item, faults),
    }
}

fn task_tokens(options: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let mut faults = faults::Faults::default();
    let task = check::task::check(options, item.clone(), &mut faults);
    match task {
        Some(task) if faults.is_empty() => expand::task::task(&task),
        _ => expand::inert_task(&item, faults),
    }
}
