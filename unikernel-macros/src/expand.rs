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
pub(crate) mod task;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::Path;

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
}

/// What a device's file has: from a declared device of its kind to its part.
type Expansion = fn(&Device, &Plan) -> Part;

/// Every device's file, in the order in which devices are attached: what reports comes first, and last a heap, which takes all the
/// memory that the others have left.
const PARTS: &[(&str, Expansion)] = &[
    ("console", console::part),
    ("log", log::part),
    ("clock", clock::part),
    ("entropy", entropy::part),
    ("block", block::part),
    ("net", net::part),
    ("heap", heap::part),
    ("kv", kv::part),
    ("shutdown", shutdown::part),
];

/// The expansion of `#[unikernel(...)]`: the user's function as it is, and one anonymous constant beside it.
pub(crate) fn kernel(plan: &Plan, function: &Function, runtime: &Path) -> TokenStream {
    let parts = || PARTS.iter().flat_map(|(kind, part)| of_kind(plan, kind).map(|device| part(device, plan)));
    let items = parts().map(|part| part.items);
    let attach = parts().map(|part| part.attach);
    let mut associated: TokenStream = parts().map(|part| part.associated).collect();
    if plan.device("console").is_none() {
        associated.extend(console::undeclared());
    }
    let declaration = args::declaration(plan);
    let constants = args::constants(plan);
    let values = args::values(plan);
    let kernel = kernel_type();
    let main::Main { items: main_items, call } = main::call(plan);
    let allowed = main::allowed(plan);

    quote! {
        #[inline(never)] // its symbol is where debuggers stop and counts begin
        #allowed
        #function

        #[allow(nonstandard_style)]
        #allowed
        const _: () = {
            use #runtime::__private as __unikernel_rt;

            #(#constants)*
            struct #kernel;

            impl __unikernel_rt::Kernel for #kernel {
                #associated
                const DECLARATION: __unikernel_rt::Declaration<'static> = #declaration;

                fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
                    #(#attach)*
                    #(#values)*
                    #call
                }
            }

            #(#items)*
            #main_items
            __unikernel_rt::kernel!(#kernel);
        };
    }
}

/// The declared devices of a kind.
fn of_kind<'a>(plan: &'a Plan, kind: &'a str) -> impl Iterator<Item = &'a Device> {
    plan.devices.iter().filter(move |device| device.spec.kind == kind)
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
    use super::PARTS;

    #[test]
    fn every_device_of_the_vocabulary_has_its_file() {
        let known: Vec<&str> = unikernel_vocabulary::DEVICES.iter().map(|spec| spec.kind).collect();
        for (kind, _) in PARTS {
            assert!(known.contains(kind), "`{kind}` is expanded, and the vocabulary does not know it");
        }
        for kind in &known {
            assert_eq!(PARTS.iter().filter(|(part, _)| part == kind).count(), 1, "`{kind}` wants one line in PARTS");
        }
    }
}
