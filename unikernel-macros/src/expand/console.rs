//! `console`: the runtime's type for each of its devices, or for none.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::{Part, kernel_type, shown_at, variable};
use crate::plan::{Device, Plan};

/// What plain `console` is.
const USUAL: &str = "serial";

pub(super) fn part(device: &Device, plan: &Plan) -> Part {
    let (console, kernel, ty) = (variable(&device.name, device.span), kernel_type(), console_type(device));
    let handle = plan.is_parameter(device).then(|| quote!(, handle));
    Part {
        associated: quote!(
            type Console = #ty;
        ),
        attach: quote_spanned!(shown_at(device.span)=> let #console = __unikernel_rt::console::attach(__unikernel_boot);),
        // Defines what `println!` and the handle link to.
        items: quote!(__unikernel_rt::console!(#kernel #handle);),
        ..Part::default()
    }
}

/// Reports are the exit status alone.
pub(super) fn undeclared() -> Part {
    Part {
        associated: quote!(
            type Console = __unikernel_rt::console::Undeclared;
        ),
        ..Part::default()
    }
}

/// `Serial`, or pairs of such types where several are declared, in the order of the vocabulary.
fn console_type(device: &Device) -> TokenStream {
    let is_given = |name: &&str| device.text(name) == Some("true");
    let mut given: Vec<&str> = device.spec.options.iter().map(|option| option.name).filter(is_given).collect();
    if given.is_empty() {
        given.push(USUAL);
    }
    let types = given.into_iter().map(|name| {
        let ty = format_ident!("{}{}", name[..1].to_uppercase(), name[1..]);
        quote!(__unikernel_rt::console::#ty)
    });
    types.rev().reduce(|rest, ty| quote!((#ty, #rest))).unwrap_or_default()
}
