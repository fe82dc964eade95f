//! `heap`: the global allocator, over all free memory or over an arena of its own.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{Part, generated, shown_at};
use crate::named::Named;
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let (heap, arena) = (generated("heap"), generated("heap_arena"));
    let allocator = quote! {
        #[global_allocator]
        static #heap: __unikernel_rt::heap::Heap = __unikernel_rt::heap::Heap::new();
    };
    match device.option("size") {
        None => Part {
            items: allocator,
            attach: quote_spanned!(shown_at(device.span)=> __unikernel_rt::heap::attach(__unikernel_boot, &#heap);),
            ..Part::default()
        },
        Some(size) => {
            let text = &size.text;
            let bytes = quote_spanned!(shown_at(size.span)=> __unikernel_rt::heap::arena_bytes(#text));
            Part {
                items: quote! {
                    #allocator
                    #[unsafe(link_section = ".uninitialised")]
                    static #arena: __unikernel_rt::heap::Arena<{ #bytes }> = __unikernel_rt::heap::Arena::new();
                },
                attach: quote_spanned!(shown_at(device.span)=> __unikernel_rt::heap::attach_arena(&#heap, &#arena);),
                ..Part::default()
            }
        }
    }
}

/// An allocator without memory, for where the kernel's is missing.
pub(super) fn inert(_: &[&Named]) -> TokenStream {
    quote! {
        const _: () = {
            #[allow(dead_code)]
            struct Nothing;

            // SAFETY: it never hands out any memory; and what holds this is never linked.
            unsafe impl ::core::alloc::GlobalAlloc for Nothing {
                unsafe fn alloc(&self, _: ::core::alloc::Layout) -> *mut u8 {
                    ::core::ptr::null_mut()
                }

                unsafe fn dealloc(&self, _: *mut u8, _: ::core::alloc::Layout) {}
            }

            #[cfg(not(test))]
            #[global_allocator]
            static __UNIKERNEL_HEAP: Nothing = Nothing;
        };
    }
}
