//! The function under the attribute, with its body unparsed.
//!
//! The body stays a token stream: the compiler parses it, and half-written code keeps its completions.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Signature, Visibility};

use crate::faults::Faults;

/// A function: everything as it was written.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The braces and what is between them.
    pub(crate) body: TokenStream,
}

impl Function {
    /// Reads a function, or says on the first token of something else that `wanted` is what the attribute belongs on.
    pub(crate) fn parse(item: TokenStream, attribute: &str, wanted: &str, faults: &mut Faults) -> Option<Function> {
        match syn::parse2(item.clone()) {
            Ok(function) => Some(function),
            Err(error) => {
                match Head::of(item) {
                    Head::Function => faults.syntax(error),
                    Head::Other(start) => {
                        let word = start.to_string();
                        let message =
                            format!("`#[{attribute}]` belongs on a function, not on `{word}`\nhelp: {wanted}");
                        faults.at(start, message);
                    }
                }
                None
            }
        }
    }
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Function> {
        Ok(Function {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// What kind of item failed to parse as a function.
enum Head {
    Function,
    Other(TokenStream),
}

impl Head {
    fn of(item: TokenStream) -> Head {
        let read = |input: ParseStream| {
            input.call(Attribute::parse_outer)?;
            input.parse::<Visibility>()?;
            let rest: TokenStream = input.parse()?;
            Ok(rest)
        };
        let rest = syn::parse::Parser::parse2(read, item.clone()).unwrap_or(item);
        // `const X` and `unsafe impl` begin like functions, and are none.
        let mut words = rest.clone().into_iter().map(|token| token.to_string());
        let is_function = words.by_ref().find(|word| !["const", "async", "unsafe", "extern"].contains(&word.as_str()));
        match is_function.as_deref() {
            Some("fn") => Head::Function,
            Some(word) if word.starts_with('"') && words.next().as_deref() == Some("fn") => Head::Function,
            _ => Head::Other(rest.into_iter().next().map(TokenStream::from).unwrap_or_default()),
        }
    }
}
