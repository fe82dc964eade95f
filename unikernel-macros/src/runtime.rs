//! Where the expansion finds the runtime: `crate = rt`, for a package that has it under another name or through another crate.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, Token, parse_quote};

use crate::faults::Faults;

/// Takes `crate = PATH` out of what stands between an attribute's parentheses; gives the rest, and the path.
pub(crate) fn take(tokens: TokenStream, faults: &mut Faults) -> (TokenStream, Path) {
    let mut rest = Vec::new();
    let mut found: Option<TokenTree> = None;
    let mut path = parse_quote!(::unikernel_rt);
    let mut tokens = tokens.into_iter().peekable();
    let mut begins = true; // an entry
    while let Some(token) = tokens.next() {
        if !(begins && is_crate(&token)) {
            begins = is_comma(&token);
            rest.push(token);
            continue;
        }
        let mut value = TokenStream::new();
        while let Some(token) = tokens.next_if(|token| !is_comma(token)) {
            value.extend([token]);
        }
        tokens.next(); // the comma
        match &found {
            Some(first) => faults.between(first, &token, "duplicate option `crate`\nhelp: remove one of them"),
            None if value.is_empty() => {
                faults.at(&token, "`crate` lacks a path\nhelp: write the name that the runtime has here: `crate = rt`");
            }
            None => match Parser::parse2(parse, value) {
                Ok(given) => path = given,
                Err(error) => faults.syntax(error),
            },
        }
        found.get_or_insert(token);
    }
    (rest.into_iter().collect(), path)
}

fn parse(input: ParseStream) -> syn::Result<Path> {
    input.parse::<Token![=]>()?;
    if let Ok(text) = input.fork().parse::<LitStr>() {
        let message = format!("`crate` takes a path, not a text\nhelp: write `crate = {}`", text.value());
        return Err(syn::Error::new_spanned(text, message));
    }
    Path::parse_mod_style(input)
}

fn is_crate(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == "crate")
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}
