//! `console`: the runtime's serial console, or none.

use quote::{quote, quote_spanned};

use super::{Part, kernel_type, shown_at, variable};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let (console, kernel) = (variable(&device.name, device.span), kernel_type());
    Part {
        associated: quote!(
            type Console = __unikernel_rt::console::Serial;
        ),
        attach: quote_spanned!(shown_at(device.span)=> let #console = __unikernel_rt::console::attach(__unikernel_boot);),
        // Defines the symbol behind `println!`.
        items: quote!(__unikernel_rt::console!(#kernel);),
        ..Part::default()
    }
}

/// Reports are the exit status alone.
pub(super) fn undeclared() -> Part {
    Part {
        associated: quote!(
            type Console = __unikernel_rt::console::Undeclared;
        ),
        ..Part::default()
    }
}
