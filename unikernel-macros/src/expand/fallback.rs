//! The expansion of an annotation that has errors.
//!
//! The user's code stays as it is, so that editors keep working in it, and nothing that only a kernel defines is
//! missing, so that the compiler reports nothing else.

use proc_macro2::TokenStream;
use quote::quote;

use super::{EXPANSIONS, Expansion};
use crate::faults::Faults;
use crate::named::Named;
use unikernel_vocabulary::nearest;

/// The item under `#[unikernel(...)]`, the faults, a panic handler, and what else only a kernel defines.
pub(crate) fn inert(item: &TokenStream, faults: Faults) -> TokenStream {
    let stand_ins = EXPANSIONS.iter().map(|expansion| {
        let named: Vec<&Named> = faults.declared.iter().filter(|named| means(named, expansion)).collect();
        if named.is_empty() { TokenStream::new() } else { (expansion.inert)(&named) }
    });
    let stand_ins: TokenStream = stand_ins.collect();
    let item = (!faults.drop_function).then(|| quote!(#[allow(dead_code)] #item));
    // A program of the standard library has its handler.
    let is_std = faults.declared.iter().any(|named| named.kind == "std");
    let panic_handler = (!is_std).then(|| {
        quote! {
            const _: () = {
                #[cfg(not(test))]
                #[panic_handler]
                fn __unikernel_panic(_: &::core::panic::PanicInfo<'_>) -> ! {
                    loop {}
                }
            };
        }
    });
    let errors = faults.into_compile_errors();
    quote! {
        #item
        #errors
        #stand_ins
        #panic_handler
    }
}

/// Whether a device is probably of this kind: its name may be what is wrong.
fn means(named: &Named, expansion: &Expansion) -> bool {
    let kinds = || EXPANSIONS.iter().map(|expansion| expansion.kind);
    let meant = kinds().find(|kind| *kind == named.kind).or_else(|| nearest(&named.kind, kinds()));
    meant == Some(expansion.kind)
}

/// The item under `#[task]`, the faults, and nothing else.
pub(crate) fn inert_task(item: &TokenStream, faults: Faults) -> TokenStream {
    let errors = faults.into_compile_errors();
    quote! {
        #[allow(dead_code)]
        #item
        #errors
    }
}
