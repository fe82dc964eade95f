//! What is compiled for tests alone.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// Whether something is compiled for tests alone: `cfg(test)`, or `cfg(all(..., test, ...))`.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    fn requires_test(meta: &Meta) -> bool {
        match meta {
            Meta::Path(path) => path.is_ident("test"),
            Meta::List(list) if list.path.is_ident("all") || list.path.is_ident("cfg") => {
                let inner = Punctuated::<Meta, Token![,]>::parse_terminated;
                list.parse_args_with(inner).is_ok_and(|inner| inner.iter().any(requires_test))
            }
            _ => false,
        }
    }
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && requires_test(&attribute.meta))
}
