//! `#[cfg(...)]` inside of an attribute, and before a parameter of the function under it.
//!
//! Only the compiler knows whether a predicate holds. So both variants are emitted, each below the predicate under which it is
//! compiled, with the attribute once more: the compiler drops one, and expands the other. All checks then see what is there.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, FnArg, Meta};

use crate::faults::Faults;
use crate::parse::Function;

/// The two variants for the first predicate there is, where there is one.
pub(crate) fn variants(attribute: &str, annotation: &TokenStream, item: &TokenStream) -> Option<TokenStream> {
    // What cannot be read is reported by who needs it.
    let mut function = Function::parse(item.clone(), attribute, "", &mut Faults::default());
    let inputs = function.iter().flat_map(|function| &function.signature.inputs);
    let mut of_parameters = inputs.flat_map(|input| attributes(input).iter().filter_map(predicate));
    let predicate = first_predicate(annotation).or_else(|| of_parameters.next())?;
    let (_, runtime) = crate::runtime::take(annotation.clone(), &mut Faults::default());
    let attribute = Ident::new(attribute, Span::call_site());
    let mut variant = |holds: bool| {
        let annotation = resolve(annotation.clone(), &predicate, holds);
        let item = match &mut function {
            Some(function) => resolved(function, &predicate, holds),
            None => item.clone(),
        };
        quote!(#[#runtime::__private::#attribute(#annotation)] #item)
    };
    let (with, without) = (variant(true), variant(false));
    Some(quote! {
        #[cfg(#predicate)]
        #with
        #[cfg(not(#predicate))]
        #without
    })
}

/// The predicate of `#[cfg(...)]`.
fn predicate(attribute: &Attribute) -> Option<TokenStream> {
    match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => Some(list.tokens.clone()),
        _ => None,
    }
}

fn attributes(input: &FnArg) -> &[Attribute] {
    match input {
        FnArg::Typed(typed) => &typed.attrs,
        FnArg::Receiver(receiver) => &receiver.attrs,
    }
}

/// The first predicate among the parts of a list, those in parentheses included.
fn first_predicate(list: &TokenStream) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = list.clone().into_iter().collect();
    tokens.iter().enumerate().find_map(|(index, token)| match token {
        TokenTree::Punct(_) => cfg(&tokens[index..]),
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => first_predicate(&group.stream()),
        _ => None,
    })
}

/// The predicate of the `#[cfg(...)]` that the tokens begin with.
fn cfg(tokens: &[TokenTree]) -> Option<TokenStream> {
    let [TokenTree::Punct(hash), TokenTree::Group(brackets), ..] = tokens else { return None };
    let inside: Vec<TokenTree> = brackets.stream().into_iter().collect();
    match inside.as_slice() {
        [TokenTree::Ident(name), TokenTree::Group(predicate)]
            if hash.as_char() == '#'
                && brackets.delimiter() == Delimiter::Bracket
                && name == "cfg"
                && predicate.delimiter() == Delimiter::Parenthesis =>
        {
            Some(predicate.stream())
        }
        _ => None,
    }
}

/// A list in which the predicate is known: its attributes go, and where it does not hold, what they stand before.
fn resolve(list: TokenStream, predicate: &TokenStream, holds: bool) -> TokenStream {
    let tokens: Vec<TokenTree> = list.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut resolved = TokenStream::new();
    for part in tokens.split_inclusive(is_comma) {
        let (mut kept, mut rest) = (TokenStream::new(), part);
        let mut is_left_out = false;
        while let [first, others @ ..] = rest {
            if cfg(rest).is_some_and(|other| is_same(&other, predicate)) {
                is_left_out |= !holds;
                rest = &rest[2..];
                continue;
            }
            match first {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                    let mut inside = Group::new(Delimiter::Parenthesis, resolve(group.stream(), predicate, holds));
                    inside.set_span(group.span());
                    inside.to_tokens(&mut kept);
                }
                token => token.to_tokens(&mut kept),
            }
            rest = others;
        }
        if !is_left_out {
            resolved.extend(kept);
        }
    }
    resolved
}

/// A function whose parameters are those under a known predicate.
fn resolved(function: &mut Function, predicate: &TokenStream, holds: bool) -> TokenStream {
    let inputs = function.signature.inputs.clone();
    let mut kept: Punctuated<FnArg, syn::Token![,]> = Punctuated::new();
    for pair in inputs.clone().into_pairs() {
        let mut pair = pair;
        let attributes = match pair.value_mut() {
            FnArg::Typed(typed) => &mut typed.attrs,
            FnArg::Receiver(receiver) => &mut receiver.attrs,
        };
        let before = attributes.len();
        attributes.retain(|attribute| !self::predicate(attribute).is_some_and(|other| is_same(&other, predicate)));
        if holds || attributes.len() == before {
            kept.extend([pair]);
        }
    }
    function.signature.inputs = kept;
    let tokens = function.to_token_stream();
    function.signature.inputs = inputs;
    tokens
}

fn is_same(one: &TokenStream, other: &TokenStream) -> bool {
    one.to_string() == other.to_string()
}
