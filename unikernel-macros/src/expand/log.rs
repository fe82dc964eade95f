//! `log`: the sink of the `log` crate, at the level of its boot argument, as text or as JSON.

use quote::{quote, quote_spanned};

use super::{Part, args, shown_at};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, plan: &Plan) -> Part {
    let first_argument = args::first_option(plan, device);
    let is_timed = plan.devices.iter().any(|device| device.spec.kind == "clock");
    let attach = match device.text("json") {
        Some("true") if is_timed => quote!(attach_json::<_, __unikernel_rt::log::Timed>),
        Some("true") => quote!(attach_json::<_, __unikernel_rt::log::Timeless>),
        _ => quote!(attach),
    };
    Part {
        attach: quote_spanned! {shown_at(device.span)=>
            __unikernel_rt::log::#attach(
                __unikernel_boot,
                __unikernel_rt::log::Options { first_argument: #first_argument },
            );
        },
        ..Part::default()
    }
}
