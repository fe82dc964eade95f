//! `console`: the runtime's type for each of its devices, or for none.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::{Part, kernel_type, shown_at, variable};
use crate::plan::{Device, Plan};

/// What plain `console` is.
const USUAL: &str = "serial";

/// The console that is no line of bytes.
const SCREEN: &str = "screen";

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
pub(super) fn console_type(device: &Device) -> TokenStream {
    let devices = device.spec.options.iter().filter(|option| option.hardware.is_some());
    let mut given: Vec<&str> = devices.map(|option| option.name).collect();
    given.retain(|name| device.text(name) == Some("true"));
    let is_raw = device.text("crlf") == Some("false");
    if given.is_empty() {
        given.push(USUAL);
    }
    let types = given.into_iter().map(|name| {
        let ty = format_ident!("{}{}", name[..1].to_uppercase(), name[1..]);
        let raw = (is_raw && name != SCREEN).then(|| quote!(<false>));
        quote!(__unikernel_rt::console::#ty #raw)
    });
    types.rev().reduce(|rest, ty| quote!((#ty, #rest))).unwrap_or_default()
}
