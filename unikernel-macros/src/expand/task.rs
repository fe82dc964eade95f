//! `#[task]`: the executor's own macro, found through the runtime, so that an application needs no second dependency.

use proc_macro2::TokenStream;
use quote::quote;

use crate::check::task::Task;
use crate::faults::Faults;

pub(crate) fn task(task: &Task) -> TokenStream {
    let function = &task.function;
    let runtime = &task.runtime;
    let pool_size = task.pool_size.as_ref().map(|size| quote!(pool_size = #size,));
    quote! {
        #[#runtime::__private::embassy_executor::task(
            #pool_size embassy_executor = #runtime::__private::embassy_executor
        )]
        #function
    }
}

/// A function of the task's signature, for where its attribute has faults: what spawns it has none then. The user's own is in it.
pub(crate) fn inert(task: Task, faults: Faults) -> TokenStream {
    let errors = faults.into_compile_errors();
    let Task { mut function, runtime, .. } = task;
    function.signature.asyncness.get_or_insert_default();
    let signature = &function.signature;
    let (visibility, name, inputs) = (&function.visibility, &signature.ident, &signature.inputs);
    let (generics, clause) = (&signature.generics, &signature.generics.where_clause);
    quote! {
        #[allow(dead_code, unused)]
        #visibility fn #name #generics (#inputs) -> ::core::result::Result<
            #runtime::__private::embassy_executor::SpawnToken<()>,
            #runtime::__private::embassy_executor::SpawnError,
        > #clause {
            #function
            loop {}
        }
        #errors
    }
}
