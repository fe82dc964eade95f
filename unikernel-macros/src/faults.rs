//! Collects all errors of one annotation, to be reported together.
//!
//! One mistake gives one error: a check does not report again what follows from an error that is reported.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::named::Named;

/// The faults found so far, in the order in which they were found.
#[derive(Default)]
pub(crate) struct Faults {
    errors: Vec<syn::Error>,
    /// Set where the compiler would reject the function as well, and report the error twice.
    pub(crate) drop_function: bool,
    /// The devices that the annotation names: something may have to stand in for what their expansion defines.
    pub(crate) declared: Vec<Named>,
}

impl Faults {
    /// Reports `message` at `place`.
    pub(crate) fn at(&mut self, place: impl ToTokens, message: impl Into<String>) {
        self.errors.push(syn::Error::new_spanned(place, message.into()));
    }

    /// Reports one conflict between two places; the compiler marks both ends.
    pub(crate) fn between(&mut self, first: impl ToTokens, second: impl ToTokens, message: impl Into<String>) {
        self.at(quote!(#first #second), message);
    }

    /// Takes over an error of `syn`, whose wording is that of the compiler.
    pub(crate) fn syntax(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// How many were found.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors, as items to stand beside the function.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }

    /// The faults as `line:column-line:column message`, for tests.
    #[cfg(test)]
    pub(crate) fn described(&self) -> Vec<String> {
        let describe = |error: &syn::Error| {
            let (start, end) = (error.span().start(), error.span().end());
            format!("{}:{}-{}:{} {error}", start.line, start.column + 1, end.line, end.column + 1)
        };
        self.errors.iter().map(describe).collect()
    }
}
