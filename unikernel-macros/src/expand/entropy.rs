//! `entropy`: seeded whether or not `main` takes it, because the crate `getrandom` needs no parameter.

use quote::quote;

use super::{Part, variable};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let (entropy, name) = (variable(&device.name, device.span), &device.name);
    let attach = match device.text("jitter") {
        Some("true") => quote!(attach_or_jitter),
        _ => quote!(attach),
    };
    let attached = quote!(__unikernel_rt::entropy::#attach(__unikernel_boot, #name));
    let attached = match device.text("snapshots") {
        Some("true") => quote!(__unikernel_rt::entropy::watch_snapshots(#attached)),
        _ => attached,
    };
    Part {
        // Defines what the crate `getrandom` links to.
        items: quote!(__unikernel_rt::entropy!();),
        attach: quote!(let #entropy = #attached;),
        ..Part::default()
    }
}
