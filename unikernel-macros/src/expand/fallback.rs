//! The expansion of an annotation that has errors.
//!
//! The user's code stays, so that editors keep working in it, and what a kernel defines, or a program of `std`, is there once,
//! so that the compiler reports nothing else.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{EXPANSIONS, Expansion, generated};
use crate::faults::Faults;
use crate::named::Named;
use crate::parse::Function;
use crate::root::Root;
use unikernel_vocabulary::nearest;

/// The item under `#[unikernel(...)]`, the faults, a panic handler or a `main`, and what else only a kernel defines.
pub(crate) fn inert(item: &TokenStream, faults: Faults, root: Root) -> TokenStream {
    let stand_ins = EXPANSIONS.iter().map(|expansion| {
        let named: Vec<&Named> = faults.declared.iter().filter(|named| means(named, expansion)).collect();
        if named.is_empty() { TokenStream::new() } else { (expansion.inert)(&named) }
    });
    let stand_ins: TokenStream = stand_ins.collect();
    let has_std = root.has_std(faults.declared.iter().any(|named| named.kind == "std"));
    let (item, needed) = if has_std {
        (
            program(item),
            quote!(
                fn main() {}
            ),
        )
    } else {
        (item.clone(), panic_handler())
    };
    let item = (!faults.drop_function).then(|| quote!(#[allow(dead_code)] #item));
    let errors = faults.into_compile_errors();
    quote! {
        #item
        #errors
        #stand_ins
        #needed
    }
}

/// The function of a program of `std` under another name: what cannot be a `main` there, such as one with parameters, the compiler
/// would report as well.
fn program(item: &TokenStream) -> TokenStream {
    match syn::parse2::<Function>(item.clone()) {
        Ok(mut function) => {
            function.signature.ident = generated("main");
            function.into_token_stream()
        }
        Err(_) => item.clone(),
    }
}

fn panic_handler() -> TokenStream {
    quote! {
        const _: () = {
            #[cfg(not(test))]
            #[panic_handler]
            fn __unikernel_panic(_: &::core::panic::PanicInfo<'_>) -> ! {
                loop {}
            }
        };
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
