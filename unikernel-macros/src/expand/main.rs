//! The call of the user's `main`: directly, or as the first task of an executor.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{generated, kernel_type, shown_at, variable};
use crate::plan::{Output, Parameter, Plan, Source};

/// The last expression of `run`, and what it needs beside it.
pub(super) struct Main {
    pub(super) items: TokenStream,
    pub(super) call: TokenStream,
}

pub(super) fn call(plan: &Plan) -> Main {
    let kernel = kernel_type();
    let values: Vec<_> = plan.parameters.iter().map(|parameter| value(plan, parameter)).collect();
    // A wrong return type is to be shown where it is written.
    let place = match &plan.output {
        Output::Type(ty) => shown_at(ty.span()),
        _ => shown_at(plan.main.span()),
    };
    let mut main = plan.main.clone();
    main.set_span(place.resolved_at(main.span()));
    if !plan.asynchronous {
        let call = quote_spanned!(place=> #main(#(#values),*));
        let call = match plan.output {
            Output::Never => call,
            _ => quote_spanned!(place=> __unikernel_rt::status(__unikernel_boot, #call)),
        };
        return Main { items: TokenStream::new(), call };
    }
    let call = quote_spanned!(place=> #main(#(#values),*).await);
    let call = match plan.output {
        Output::Never => call,
        _ => quote_spanned!(place=> __unikernel_rt::exit::<#kernel, _>(#call)),
    };
    let (task, spawner) = (generated("main"), variable("spawner", Span::call_site()));
    let parameters = values.iter().zip(&plan.parameters).map(|(value, parameter)| {
        let ty = lasting(&parameter.ty);
        quote!(#value: #ty)
    });
    Main {
        // The executor's macro keeps the future in a static of its size.
        items: quote! {
            #[__unikernel_rt::embassy_executor::task(embassy_executor = __unikernel_rt::embassy_executor)]
            async fn #task(#(#parameters),*) {
                #call
            }
        },
        call: quote! {
            __unikernel_rt::executor::run(__unikernel_boot, |#spawner| #task(#(#values),*))
        },
    }
}

/// How many parameters Clippy lets a function have.
const PARAMETERS: usize = 7;

/// What Clippy is told of a `main` with many parameters: they are what is declared, so that nobody can do with fewer.
pub(super) fn allowed(plan: &Plan) -> Option<TokenStream> {
    (plan.parameters.len() > PARAMETERS).then(|| quote!(#[allow(clippy::too_many_arguments)]))
}

/// The variable behind a parameter, placed on the parameter's type: that is where a wrong one is to be shown.
fn value(plan: &Plan, parameter: &Parameter) -> syn::Ident {
    let name = match parameter.source {
        Source::Device(index) => &plan.devices[index].name,
        Source::Argument(index) => &plan.arguments[index].name,
        Source::Rest => plan.rest.as_deref().unwrap_or_default(),
        Source::Spawner => "spawner",
    };
    variable(name, parameter.ty.span())
}

/// A type whose references live for ever, as those of a task's parameters must.
fn lasting(ty: &syn::Type) -> syn::Type {
    let mut ty = ty.clone();
    if let syn::Type::Reference(reference) = &mut ty {
        reference.lifetime.get_or_insert_with(|| syn::Lifetime::new("'static", reference.and_token.span()));
    }
    ty
}
