//! `stack`: memory in the section of the stack, which the linker makes as large as that.

use quote::{quote, quote_spanned};

use super::{Part, generated, shown_at};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let stack = generated("stack");
    let text = device.text("size").unwrap_or_default();
    let place = device.option("size").map_or(device.span, |size| size.span);
    let bytes = quote_spanned!(shown_at(place)=> __unikernel_rt::stack::stack_bytes(#text));
    Part {
        items: quote! {
            #[cfg(not(test))]
            #[used]
            #[unsafe(link_section = ".unikernel.stack")]
            static #stack: __unikernel_rt::stack::Stack<{ #bytes }> = __unikernel_rt::stack::Stack::new();
        },
        ..Part::default()
    }
}
