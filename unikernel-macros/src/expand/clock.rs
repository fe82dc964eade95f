//! `clock`: found and started whether or not `main` takes it, because sleeping needs no parameter.

use quote::{quote, quote_spanned};

use super::{Part, shown_at, variable};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let clock = variable(&device.name, device.span);
    Part {
        attach: quote_spanned!(shown_at(device.span)=> let #clock = __unikernel_rt::clock::attach(__unikernel_boot);),
        // Defines what `embassy-time` links to.
        items: quote!(__unikernel_rt::clock!();),
        ..Part::default()
    }
}
