//! `log`: the sink of the `log` crate, at the level of its boot argument.

use quote::{quote, quote_spanned};

use super::{Part, args};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, plan: &Plan) -> Part {
    let level = args::option_index(plan, device, "level");
    Part {
        items: quote_spanned!(device.span=> __unikernel_rt::require_log!();),
        attach: quote!(__unikernel_rt::log::attach(__unikernel_boot, #level);),
        ..Part::default()
    }
}
