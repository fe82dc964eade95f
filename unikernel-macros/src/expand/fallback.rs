//! The expansion of an annotation that has errors.
//!
//! The user's code stays as it is, so that editors keep working in it, and nothing that only a kernel defines is
//! missing, so that the compiler reports nothing else.

use proc_macro2::TokenStream;
use quote::quote;

use super::{EXPANSIONS, Expansion};
use crate::faults::Faults;

/// The item under `#[unikernel(...)]`, the faults, a panic handler, and what else only a kernel defines.
pub(crate) fn inert(item: &TokenStream, faults: Faults) -> TokenStream {
    let is_declared = |expansion: &&Expansion| faults.declared.iter().any(|kind| kind == expansion.kind);
    let stand_ins: TokenStream = EXPANSIONS.iter().filter(is_declared).map(|expansion| (expansion.inert)()).collect();
    let item = (!faults.drop_function).then(|| quote!(#[allow(dead_code)] #item));
    let errors = faults.into_compile_errors();
    quote! {
        #item
        #errors

        const _: () = {
            #[panic_handler]
            fn __unikernel_panic(_: &::core::panic::PanicInfo<'_>) -> ! {
                loop {}
            }

            #stand_ins
        };
    }
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
