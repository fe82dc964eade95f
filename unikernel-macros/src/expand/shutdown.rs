//! `shutdown`: requests to stop come to `main`, in place of switching the machine off.

use quote::quote_spanned;

use super::{Part, shown_at, variable};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let shutdown = variable(&device.name, device.span);
    Part {
        attach: quote_spanned!(shown_at(device.span)=> let #shutdown = __unikernel_rt::shutdown::attach(__unikernel_boot);),
        ..Part::default()
    }
}
