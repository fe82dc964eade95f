//! What an annotation seems to declare, for a stand-in where it has faults: read token by token, because it may be anything.

use proc_macro2::{TokenStream, TokenTree};
use syn::LitStr;

/// A device that a part of an annotation names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Named {
    /// The first name, in the spelling of the user.
    pub(crate) kind: String,
    /// What follows `name =`.
    pub(crate) name: Option<String>,
}

impl Named {
    /// The device of a part; `None` where it does not begin with a name.
    pub(crate) fn of(part: &TokenStream) -> Option<Named> {
        let mut tokens = part.clone().into_iter().skip_while(|token| !matches!(token, TokenTree::Ident(_)));
        let kind = tokens.next()?.to_string();
        let name = match tokens.next() {
            Some(TokenTree::Group(group)) => name_in(group.stream()),
            _ => None,
        };
        Some(Named { kind, name })
    }
}

/// The text that follows `name =`.
fn name_in(options: TokenStream) -> Option<String> {
    let mut tokens = options.into_iter().skip_while(|token| token.to_string() != "name").skip(1);
    tokens.next().filter(|token| token.to_string() == "=")?;
    let value = syn::parse2::<LitStr>(tokens.next()?.into()).ok()?.value();
    syn::parse_str::<syn::Ident>(&value).is_ok().then_some(value)
}
