//! What stands in for an expansion that has faults.
//!
//! The user's code stays as it is, so that editors keep working in it, and nothing that only a kernel defines is
//! missing, so that the compiler has nothing to add to the faults.

use proc_macro2::TokenStream;
use quote::quote;

use crate::faults::Faults;

/// The item under `#[unikernel(...)]`, the faults, a panic handler, and an allocator where one is declared.
pub(crate) fn inert(item: &TokenStream, faults: Faults) -> TokenStream {
    let allocator = faults.needs_allocator.then(allocator);
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

            #allocator
        };
    }
}

/// An allocator without memory.
fn allocator() -> TokenStream {
    quote! {
        struct Nothing;

        // SAFETY: it never hands out any memory; and what holds this is never linked.
        unsafe impl ::core::alloc::GlobalAlloc for Nothing {
            unsafe fn alloc(&self, _: ::core::alloc::Layout) -> *mut u8 {
                ::core::ptr::null_mut()
            }

            unsafe fn dealloc(&self, _: *mut u8, _: ::core::alloc::Layout) {}
        }

        #[global_allocator]
        static __UNIKERNEL_HEAP: Nothing = Nothing;
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
