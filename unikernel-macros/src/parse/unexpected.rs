//! What is said about a token that is not expected, with what was probably meant.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};

use super::Value;

/// What is said about the first token after the name of an option or an argument; `input` goes on behind it.
pub(super) fn after_setting(name: &Ident, found: &TokenTree, input: ParseStream) -> syn::Result<String> {
    let rest: TokenStream = input.parse()?;
    Ok(match found {
        TokenTree::Ident(other) => format!("expected a comma between `{name}` and `{other}`"),
        TokenTree::Literal(literal) => {
            format!("expected `=` between `{name}` and `{literal}`\nhelp: write `{name} = {literal}`")
        }
        TokenTree::Punct(colon) if colon.as_char() == ':' => match syn::parse2::<Value>(rest.clone()) {
            Ok(value) => {
                format!("unexpected `:` after `{name}`\nhelp: write `{name} = {}`", value.into_token_stream())
            }
            Err(_) => {
                let read = |input: ParseStream| {
                    let ty: syn::Type = input.parse()?;
                    Ok((ty, input.parse::<TokenStream>()?))
                };
                match Parser::parse2(read, rest) {
                    Ok((ty, default)) => {
                        let (ty, default) = (crate::source::type_text(&ty), default.to_string());
                        let default = if default.is_empty() { default } else { format!(" {default}") };
                        format!(
                            "the type of `{name}` is that of the parameter, and does not belong here\n\
                             help: write `{name}{default}`, and `{name}: {ty}` as the parameter of `main`"
                        )
                    }
                    Err(_) => format!("unexpected `:` after `{name}`\nhelp: write `{name} = ...`"),
                }
            }
        },
        TokenTree::Group(group) if !group.stream().is_empty() => {
            format!("unexpected `{found}` after `{name}`\nhelp: write `{name} = {}`", group.stream())
        }
        _ => format!("unexpected `{found}` after `{name}`\nhelp: write `{name} = ...`"),
    })
}

/// What is said about the first token after the name of a device and its options.
pub(super) fn after_entry(name: &Ident, rest: &TokenTree) -> String {
    match rest {
        TokenTree::Ident(_) => format!("expected a comma between `{name}` and `{rest}`"),
        TokenTree::Punct(punct) if punct.as_char() == '=' => {
            format!("`{name}` does not take a value\nhelp: options go in parentheses: `{name}(option = ...)`")
        }
        _ => format!("unexpected `{rest}` after `{name}`\nhelp: separate declarations by commas"),
    }
}
