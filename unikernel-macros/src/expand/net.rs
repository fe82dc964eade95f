//! `net`: the buffers of a card and of its sockets, and the card attached to them.

use proc_macro2::Literal;
use quote::{format_ident, quote, quote_spanned};

use super::{Part, args, generated, shown_at, variable};
use crate::plan::{Device, DeviceOption, Plan};

pub(super) fn part(device: &Device, plan: &Plan) -> Part {
    let (net, name) = (variable(&device.name, device.span), &device.name);
    let storage = generated(&format!("{name}_storage"));
    let sizes = ["rx_buffers", "tx_buffers", "mtu", "sockets", "receive_buffer", "send_buffer"];
    let sizes = sizes.map(|option| {
        let (name, size) = (format_ident!("{option}"), size(device, option));
        quote!(#name = #size)
    });
    let mtu = size(device, "mtu");
    let first_argument = args::first_option(plan, device);
    let mac = match device.option("mac") {
        Some(DeviceOption { text, .. }) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    };
    Part {
        items: quote! {
            #[unsafe(link_section = ".uninitialised")]
            static #storage: __unikernel_rt::net::storage!(#(#sizes),*) = __unikernel_rt::net::Storage::new();
        },
        attach: quote_spanned! {shown_at(device.span)=>
            let #net = __unikernel_rt::net::attach(
                __unikernel_boot,
                &#storage,
                __unikernel_rt::net::Options { name: #name, mac: #mac, mtu: #mtu, first_argument: #first_argument },
            );
        },
        ..Part::default()
    }
}

/// What an option that is a size says, for the runtime to make a size of.
fn size(device: &Device, option: &str) -> Literal {
    let text = device.text(option).unwrap_or_default();
    let mut literal = text.parse().map_or_else(|_| Literal::string(text), Literal::u64_unsuffixed);
    literal.set_span(shown_at(device.option(option).map_or(device.span, |option| option.span)));
    literal
}
