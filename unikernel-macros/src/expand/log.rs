//! `log`: the sink of the `log` crate, at the level of its boot argument.

use quote::quote_spanned;

use super::{Part, args, shown_at};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, plan: &Plan) -> Part {
    let first_argument = args::first_option(plan, device);
    Part {
        attach: quote_spanned! {shown_at(device.span)=>
            __unikernel_rt::log::attach(
                __unikernel_boot,
                __unikernel_rt::log::Options { first_argument: #first_argument },
            );
        },
        ..Part::default()
    }
}
