//! Writes what a plan stands for: data and storage, and one call of the runtime for each declared device.
//!
//! The runtime owns behaviour. Everything goes through its module `__private`, imported under one name, and every
//! identifier made here begins with `__unikernel_`.

mod args;
mod block;
mod clock;
mod console;
mod entropy;
mod fallback;
mod heap;
mod kv;
mod log;
mod main;
mod net;
mod shutdown;
mod stack;
mod std;
pub(crate) mod task;
mod tmp;
mod values;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::Path;

use crate::named::Named;
use crate::parse::Function;
use crate::plan::{Device, Plan};
pub(crate) use fallback::{inert, inert_task};

/// What one device adds to the expansion.
#[derive(Default)]
struct Part {
    /// Statics, and what asks for a feature of the runtime.
    items: TokenStream,
    /// The device's entry in the implementation of `Kernel`.
    associated: TokenStream,
    /// Its statement in `run`.
    attach: TokenStream,
    /// Constants for the application.
    constants: TokenStream,
}

/// What a device's file has.
struct Expansion {
    kind: &'static str,
    /// From a declared device of the kind to its part.
    part: fn(&Device, &Plan) -> Part,
    /// What stands there where no such device is declared.
    undeclared: fn() -> Part,
    /// What stands in for what it defines for user code, where the annotation has faults, for all devices of the kind.
    inert: fn(&[&Named]) -> TokenStream,
}

impl Expansion {
    const fn new(kind: &'static str, part: fn(&Device, &Plan) -> Part) -> Self {
        Expansion { kind, part, undeclared: Part::default, inert: |_| TokenStream::new() }
    }
}

/// Every device's file, in the order in which devices are attached: what reports comes first, and last a heap, which takes all the
/// memory that the others have left.
const EXPANSIONS: &[Expansion] = &[
    Expansion { undeclared: console::undeclared, ..Expansion::new("console", console::part) },
    Expansion::new("log", log::part),
    Expansion::new("clock", clock::part),
    Expansion::new("entropy", entropy::part),
    Expansion::new("block", block::part),
    Expansion { inert: net::inert, ..Expansion::new("net", net::part) },
    Expansion { inert: heap::inert, ..Expansion::new("heap", heap::part) },
    Expansion::new("kv", kv::part),
    Expansion::new("shutdown", shutdown::part),
    Expansion::new("stack", stack::part),
    Expansion::new("std", std::part),
    Expansion::new("tmp", tmp::part),
    Expansion::new("values", values::part),
];

/// The expansion of `#[unikernel(...)]`: the user's function as it is, and one anonymous constant beside it.
pub(crate) fn kernel(plan: &Plan, function: &Function, runtime: &Path) -> TokenStream {
    if plan.is_of_std() {
        return std::program(plan, function, runtime);
    }
    let parts: Vec<Part> = EXPANSIONS.iter().flat_map(|expansion| parts(expansion, plan)).collect();
    let items = parts.iter().map(|part| &part.items);
    let attach = parts.iter().map(|part| &part.attach);
    let associated = parts.iter().map(|part| &part.associated);
    let for_application = parts.iter().map(|part| &part.constants);
    let declaration = args::declaration(plan);
    let constants = args::constants(plan);
    let values = args::values(plan);
    let kernel = kernel_type();
    // What only a kernel defines would be defined twice beside `std`.
    let emit = format_ident!("{}", if is_documentation() { "storage" } else { "kernel" });
    let main::Main { items: main_items, call } = main::call(plan);
    let allowed = main::allowed(plan);

    quote! {
        #[inline(never)] // its symbol is where debuggers stop and counts begin
        #allowed
        #function

        #(#for_application)*

        #[allow(nonstandard_style)]
        #allowed
        const _: () = {
            use #runtime::__private as __unikernel_rt;

            #(#constants)*
            struct #kernel;

            impl __unikernel_rt::Kernel for #kernel {
                #(#associated)*
                const DECLARATION: __unikernel_rt::Declaration<'static> = #declaration;

                fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
                    #(#attach)*
                    #(#values)*
                    #call
                }
            }

            #(#items)*
            #main_items
            __unikernel_rt::#emit!(#kernel);
        };
    }
}

/// Whether this is the sample of a documentation, which is compiled with `std` and, as it never runs, not linked.
fn is_documentation() -> bool {
    ::std::env::var_os("UNSTABLE_RUSTDOC_TEST_PATH").is_some()
}

/// The parts of all devices of a kind.
fn parts(expansion: &Expansion, plan: &Plan) -> Vec<Part> {
    let devices = plan.devices.iter().filter(|device| device.spec.kind == expansion.kind);
    let parts: Vec<Part> = devices.map(|device| (expansion.part)(device, plan)).collect();
    if parts.is_empty() { vec![(expansion.undeclared)()] } else { parts }
}

/// The one place where identifiers are made.
fn generated(name: &str) -> Ident {
    format_ident!("__unikernel_{name}", span = Span::call_site())
}

/// The type that stands for the kernel.
fn kernel_type() -> Ident {
    generated("Kernel")
}

/// The variable that holds what a parameter is handed.
fn variable(name: &str, span: Span) -> Ident {
    let mut ident = generated(name);
    ident.set_span(shown_at(span));
    ident
}

/// A span for generated code whose errors are to be shown at `span`; it stays generated code to lints.
fn shown_at(span: Span) -> Span {
    span.resolved_at(Span::call_site())
}

#[cfg(test)]
mod tests {
    use super::{EXPANSIONS, Expansion};

    #[test]
    fn every_device_of_the_vocabulary_has_its_file() {
        let known: Vec<&str> = unikernel_vocabulary::DEVICES.iter().map(|spec| spec.kind).collect();
        for Expansion { kind, .. } in EXPANSIONS {
            assert!(known.contains(kind), "`{kind}` is expanded, and the vocabulary does not know it");
        }
        for kind in &known {
            let lines = EXPANSIONS.iter().filter(|expansion| expansion.kind == *kind).count();
            assert_eq!(lines, 1, "`{kind}` wants one line in EXPANSIONS");
        }
    }
}
