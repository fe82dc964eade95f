//! `block`: storage for the device, claimed in the order of the annotation.

use proc_macro2::Span;
use quote::quote;

use super::{Part, generated, variable};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let (block, storage, name) = (variable(&device.name, device.span), generated("storage"), &device.name);
    let read_only = syn::LitBool::new(device.text("read_only") == Some("true"), Span::call_site());
    Part {
        // A block of its own: there may be several, under any names.
        attach: quote! {
            let #block = {
                static #storage: __unikernel_rt::block::Storage = __unikernel_rt::block::Storage::new();
                __unikernel_rt::block::attach(__unikernel_boot, &#storage, #name, #read_only)
            };
        },
        ..Part::default()
    }
}
