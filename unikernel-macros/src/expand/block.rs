//! `block`: storage for the device, claimed in the order of the annotation.

use proc_macro2::Span;
use quote::quote;

use super::{Part, args, generated, variable};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, plan: &Plan) -> Part {
    let (block, name) = (variable(&device.name, device.span), &device.name);
    let storage = generated(&format!("{name}_storage"));
    let read_only = syn::LitBool::new(device.text("read_only") == Some("true"), Span::call_site());
    let options = quote!(__unikernel_rt::block::Options { name: #name, read_only: #read_only });
    let attach = match device.option("serial") {
        None => quote!(attach(__unikernel_boot, &#storage, #options)),
        Some(_) => {
            let argument = args::first_option(plan, device);
            quote!(attach_by_serial(__unikernel_boot, &#storage, #options, #argument))
        }
    };
    Part {
        items: quote!(static #storage: __unikernel_rt::block::Storage = __unikernel_rt::block::Storage::new();),
        attach: quote!(let #block = __unikernel_rt::block::#attach;),
        ..Part::default()
    }
}
