//! Reads the annotation and the function under it, without judging them.
//!
//! An entry or option that cannot be read gives one fault and is left out or marked; its neighbours are read all the
//! same, so that one compilation shows every mistake. What the words mean is for `check` to say.

mod function;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Lit, Token};

use crate::faults::Faults;
pub(crate) use function::Function;

/// What stands between the parentheses of `#[unikernel(...)]`.
pub(crate) struct Annotation {
    pub(crate) entries: Vec<Entry>,
    /// Whether a part was left out, so that a name that seems undeclared may have stood there.
    pub(crate) torn: bool,
}

/// One declared thing: `console`, `heap(size = "1MiB")`, `args(port = 80)`.
pub(crate) struct Entry {
    pub(crate) name: Ident,
    pub(crate) settings: Vec<Setting>,
    /// Whether more stood there than could be read.
    pub(crate) torn: bool,
}

/// One word inside an entry's parentheses: `size = "1MiB"`, or `port` alone.
pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) given: Given,
}

/// What an option or argument was given.
pub(crate) enum Given {
    /// The bare name.
    Nothing,
    /// A literal.
    Value(Value),
    /// The path of a constant, where one is allowed.
    Path(syn::Path),
    /// Something that is reported already.
    Broken,
}

/// What may stand behind a `=`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    Literals,
    LiteralsAndPaths,
}

/// A literal, with the sign that the grammar of Rust keeps apart from it.
pub(crate) struct Value {
    pub(crate) minus: Option<Token![-]>,
    pub(crate) literal: Lit,
}

impl Annotation {
    pub(crate) fn parse(tokens: TokenStream, faults: &mut Faults) -> Annotation {
        let mut entries = Vec::new();
        let mut torn = false;
        for part in parts(tokens, "a device, such as `console`", faults) {
            match Parser::parse2(|input: ParseStream| Entry::parse(input, faults), part) {
                Ok(entry) => {
                    torn |= entry.torn;
                    entries.push(entry);
                }
                Err(error) => {
                    torn = true;
                    faults.syntax(error);
                }
            }
        }
        Annotation { entries, torn }
    }
}

impl Entry {
    fn parse(input: ParseStream, faults: &mut Faults) -> syn::Result<Entry> {
        let name = name(input, "expected a device, such as `console`")?;
        let mut settings = Vec::new();
        let mut torn = false;
        if let Some((group, _)) = input.cursor().group(Delimiter::Parenthesis).map(|(inside, _, after)| (inside, after))
        {
            input.parse::<TokenTree>()?;
            (settings, torn) = Setting::parse_all(group.token_stream(), Allowed::Literals, faults);
        }
        if !input.is_empty() {
            let rest: TokenTree = input.parse()?;
            faults.at(&rest, unexpected_after_entry(&name, &rest));
            input.parse::<TokenStream>()?;
            torn = true;
        }
        Ok(Entry { name, settings, torn })
    }
}

impl Setting {
    /// Reads `name` and `name = value`, separated by commas, and whether something was left out.
    pub(crate) fn parse_all(tokens: TokenStream, allowed: Allowed, faults: &mut Faults) -> (Vec<Setting>, bool) {
        let mut settings = Vec::new();
        let mut torn = false;
        for part in parts(tokens, "a name, such as `port` or `port = 80`", faults) {
            match Parser::parse2(|input: ParseStream| Setting::parse(input, allowed, faults), part) {
                Ok(setting) => settings.push(setting),
                Err(error) => {
                    torn = true;
                    faults.syntax(error);
                }
            }
        }
        (settings, torn)
    }

    fn parse(input: ParseStream, allowed: Allowed, faults: &mut Faults) -> syn::Result<Setting> {
        let name = name(input, "expected a name, such as `port` or `port = 80`")?;
        let given = match Given::parse(input, &name, allowed) {
            Ok(given) => given,
            Err(error) => {
                faults.syntax(error);
                input.parse::<TokenStream>()?;
                Given::Broken
            }
        };
        Ok(Setting { name, given })
    }
}

impl Given {
    fn parse(input: ParseStream, name: &Ident, allowed: Allowed) -> syn::Result<Given> {
        if input.is_empty() {
            return Ok(Given::Nothing);
        }
        if !input.peek(Token![=]) {
            let rest: TokenTree = input.parse()?;
            let message =
                format!("unexpected `{rest}` after `{name}`\nhelp: write `{name} = ...` or put a comma between");
            return Err(syn::Error::new_spanned(rest, message));
        }
        let equals: Token![=] = input.parse()?;
        if input.is_empty() {
            return Err(syn::Error::new_spanned(equals, format!("`{name} =` lacks a value")));
        }
        if allowed == Allowed::LiteralsAndPaths && !input.peek(Lit) {
            let ahead = input.fork();
            if let Ok(path) = ahead.parse::<syn::Path>()
                && ahead.is_empty()
            {
                input.advance_to(&ahead);
                return Ok(Given::Path(path));
            }
        }
        let start = input.fork().parse::<TokenTree>()?;
        let value: syn::Result<Value> = input.parse();
        match value {
            Ok(value) if input.is_empty() => Ok(Given::Value(value)),
            _ => {
                let end = input.parse::<TokenStream>()?;
                let mut whole = start.into_token_stream();
                whole.extend(end);
                let message = format!("the value of `{name}` must be a literal, such as `80`, `\"text\"` or `true`");
                Err(syn::Error::new_spanned(whole, message))
            }
        }
    }
}

impl Parse for Value {
    fn parse(input: ParseStream) -> syn::Result<Value> {
        Ok(Value { minus: input.parse()?, literal: input.parse()? })
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.minus.to_tokens(tokens);
        self.literal.to_tokens(tokens);
    }
}

/// Reads one name; a keyword counts as one, so that the fault about it is a fault of the name.
fn name(input: ParseStream, expected: &str) -> syn::Result<Ident> {
    let start = input.cursor();
    Ident::parse_any(input).map_err(|error| match start.token_tree() {
        Some((token, _)) => syn::Error::new_spanned(&token, format!("{expected}, and found `{token}`")),
        None => error,
    })
}

fn unexpected_after_entry(name: &Ident, rest: &TokenTree) -> String {
    match rest {
        TokenTree::Ident(_) => format!("expected a comma between `{name}` and `{rest}`"),
        TokenTree::Punct(punct) if punct.as_char() == '=' => {
            format!("`{name}` is not given a value\nhelp: options stand in parentheses: `{name}(option = ...)`")
        }
        _ => format!("unexpected `{rest}` after `{name}`\nhelp: separate what is declared by commas"),
    }
}

/// Splits at the commas of the outermost level; a comma at the end is allowed, an empty part is a fault.
fn parts(tokens: TokenStream, expected: &str, faults: &mut Faults) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                if part.is_empty() {
                    faults.at(&token, format!("expected {expected}, and found `,`"));
                } else {
                    parts.push(part.drain(..).collect());
                }
            }
            _ => part.push(token),
        }
    }
    if !part.is_empty() {
        parts.push(part.into_iter().collect());
    }
    parts
}
