//! `#[task]`: the executor's own macro, found through the runtime, so that an application needs no second dependency.

use proc_macro2::TokenStream;
use quote::quote;

use crate::check::task::Task;

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
