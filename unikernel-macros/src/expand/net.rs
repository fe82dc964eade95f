//! `net`: the buffers of a card and of its sockets, and the card attached to them.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{Part, args, generated, shown_at, variable};
use crate::named::Named;
use crate::plan::{Device, DeviceOption, Plan};

/// The options that are sizes, in the order of the runtime's `storage!`.
const SIZES: [&str; 13] = [
    "rx_buffers",
    "tx_buffers",
    "mtu",
    "neighbours",
    "pool",
    "sockets",
    "receive_buffer",
    "send_buffer",
    "listeners",
    "udp_sockets",
    "udp_datagrams",
    "fragments",
    "dns_queries",
];

pub(super) fn part(device: &Device, plan: &Plan) -> Part {
    let (net, name) = (variable(&device.name, device.span), &device.name);
    let storage = generated(&format!("{name}_storage"));
    let sizes = SIZES.map(|option| {
        let (name, size) = (format_ident!("{option}"), size(device, option));
        quote!(#name = #size)
    });
    let (mtu, sockets) = (size(device, "mtu"), size(device, "sockets"));
    let sockets_name = sockets_name(name, shown_at(device.span));
    let first_argument = args::first_option(plan, device);
    let mac = match device.option("mac") {
        Some(DeviceOption { text, .. }) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    };
    let options =
        quote!(__unikernel_rt::net::Options { name: #name, mac: #mac, mtu: #mtu, first_argument: #first_argument });
    let attach = match client(device, plan) {
        None => quote!(attach(__unikernel_boot, &#storage, #options)),
        Some(client) => quote!(attach_as(__unikernel_boot, &#storage, #options, #client)),
    };
    Part {
        items: quote! {
            #[unsafe(link_section = ".uninitialised")]
            static #storage: __unikernel_rt::net::storage!(#(#sizes),*) = __unikernel_rt::net::Storage::new();
        },
        attach: quote_spanned! {shown_at(device.span)=>
            let #net = __unikernel_rt::net::#attach;
        },
        // For `#[task(pool_size = NET_SOCKETS)]`: as many tasks as connections.
        constants: quote! {
            #[allow(dead_code)]
            pub(crate) const #sockets_name: usize = #sockets;
        },
        ..Part::default()
    }
}

/// Where the boot arguments are that say what a DHCP server is told, where there are any.
fn client(device: &Device, plan: &Plan) -> Option<TokenStream> {
    let arguments = ["hostname", "client_id"].map(|option| args::option(plan, device, option));
    arguments.iter().any(Option::is_some).then(|| {
        let [hostname, client_id] = arguments.map(|argument| match argument {
            Some(argument) => quote!(::core::option::Option::Some(#argument)),
            None => quote!(::core::option::Option::None),
        });
        quote!(__unikernel_rt::net::Client { hostname: #hostname, client_id: #client_id })
    })
}

/// The constant for the application.
fn sockets_name(net: &str, span: Span) -> Ident {
    format_ident!("{}_SOCKETS", net.to_uppercase(), span = span)
}

/// Constants of the right names, for where the real ones are missing.
pub(super) fn inert(named: &[&Named]) -> TokenStream {
    let names: BTreeSet<&str> = named.iter().map(|named| named.name.as_deref().unwrap_or("net")).collect();
    let names = names.into_iter().map(|name| sockets_name(name, Span::call_site()));
    quote!(#(#[allow(dead_code)] pub(crate) const #names: usize = 1;)*)
}

/// What an option that is a size says, for the runtime to make a size of.
fn size(device: &Device, option: &str) -> Literal {
    let text = device.text(option).unwrap_or_default();
    let mut literal = text.parse().map_or_else(|_| Literal::string(text), Literal::u64_unsuffixed);
    literal.set_span(shown_at(device.option(option).map_or(device.span, |option| option.span)));
    literal
}
