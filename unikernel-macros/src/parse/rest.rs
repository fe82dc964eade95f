//! `..rest` in `args(...)`: all words of the command line that nothing else takes.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Result, Token};

use super::{Given, Setting, name};
use crate::faults::Faults;

/// Whether dots come next, however many of them.
pub(super) fn is_next(input: ParseStream) -> bool {
    input.peek(Token![..]) || input.peek(Token![...]) || input.peek(Token![..=])
}

/// Reads `..rest`, where dots come next.
pub(super) fn parse(input: ParseStream, faults: &mut Faults) -> Result<Setting> {
    let dots = if input.peek(Token![...]) {
        input.parse::<Token![...]>()?.into_token_stream()
    } else if input.peek(Token![..=]) {
        input.parse::<Token![..=]>()?.into_token_stream()
    } else {
        input.parse::<Token![..]>()?.into_token_stream()
    };
    if input.is_empty() {
        return Err(Error::new_spanned(dots, "`..` lacks a name\nhelp: write `..rest`"));
    }
    let name = name(input, "expected a name, such as `..rest`")?;
    let setting = |given| Setting { name: name.clone(), given };
    if dots.to_string() != ".." {
        faults.at(dots, format!("the rest of the words takes two dots\nhelp: write `..{name}`"));
        input.parse::<TokenStream>()?;
        return Ok(setting(Given::Broken));
    }
    if let Some((token, _)) = input.cursor().token_tree() {
        faults.at(input.parse::<TokenStream>()?, unexpected(&name, &token));
        return Ok(setting(Given::Broken));
    }
    Ok(setting(Given::Rest))
}

fn unexpected(name: &Ident, found: &TokenTree) -> String {
    match found {
        TokenTree::Punct(equals) if equals.as_char() == '=' => {
            format!("`..{name}` has no default: without other words, it is empty\nhelp: write `..{name}`")
        }
        TokenTree::Punct(colon) if colon.as_char() == ':' => format!(
            "the type of `{name}` does not belong here\n\
             help: write `..{name}`, and `{name}: Rest` as the parameter of `main`"
        ),
        TokenTree::Ident(other) => format!("expected a comma between `..{name}` and `{other}`"),
        _ => format!("unexpected `{found}` after `..{name}`\nhelp: write `..{name}`"),
    }
}

/// What is said where the dots stand behind the name, as in `rest..` and `rest @ ..`; `None` if they do not.
pub(super) fn behind(name: &Ident, input: ParseStream) -> Result<Option<Error>> {
    if !is_next(input) && !input.peek(Token![@]) {
        return Ok(None);
    }
    let name = name.unraw();
    let found: TokenStream = input.parse()?;
    let message = format!("unexpected `{found}` after `{name}`\nhelp: write `..{name}` for the rest of the words");
    Ok(Some(Error::new_spanned(found, message)))
}
