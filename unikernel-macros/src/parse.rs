//! Reads the annotation and the function under it, without checking them.
//!
//! An entry or option that cannot be read is one error and is left out or marked; the rest is read all the
//! same, so that one compilation shows every error. `check` interprets the names.

mod function;
mod rest;
mod unexpected;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, Lit, Token};

use crate::faults::Faults;
use crate::named::Named;
pub(crate) use function::Function;

/// The entry that declares boot arguments; it is no device.
pub(crate) const ARGUMENTS: &str = "args";

/// The entry that declares variables of the environment; it is none either.
pub(crate) const ENVIRONMENT: &str = "env";

/// What stands between the parentheses of `#[unikernel(...)]`.
pub(crate) struct Annotation {
    pub(crate) entries: Vec<Entry>,
    /// Whether a part was left out, so that a name that seems undeclared may have stood there.
    pub(crate) torn: bool,
    /// What each part seems to declare, those that were left out included.
    pub(crate) named: Vec<Named>,
}

/// One declared thing: `console`, `heap(size = "1MiB")`, `args(port = 80)`.
pub(crate) struct Entry {
    pub(crate) name: Ident,
    pub(crate) settings: Vec<Setting>,
    /// Whether a part could not be parsed.
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
    /// The path of a constant, or a macro such as `env!("PORT")`.
    Constant(TokenStream),
    /// All words that nothing else takes: `..rest`.
    Rest,
    /// A value whose error is reported already.
    Broken,
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
        let mut named = Vec::new();
        for part in parts(tokens, "a device, such as `console`", faults) {
            named.extend(Named::of(&part));
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
        Annotation { entries, torn, named }
    }
}

impl Entry {
    fn parse(input: ParseStream, faults: &mut Faults) -> syn::Result<Entry> {
        refuse_attributes(input, faults)?;
        if rest::is_next(input) {
            let found: TokenStream = input.parse()?;
            let message = format!("`{}` is no device\nhelp: write `args(..rest)`", found.to_string().replace(' ', ""));
            return Err(syn::Error::new_spanned(found, message));
        }
        let name = name(input, "expected a device, such as `console`")?;
        let mut settings = Vec::new();
        let mut torn = false;
        if let Some((group, _)) = input.cursor().group(Delimiter::Parenthesis).map(|(inside, _, after)| (inside, after))
        {
            input.parse::<TokenTree>()?;
            (settings, torn) = Setting::parse_all(group.token_stream(), name == ARGUMENTS, faults);
        }
        if !input.is_empty() {
            let rest: TokenTree = input.parse()?;
            faults.at(&rest, unexpected::after_entry(&name, &rest));
            input.parse::<TokenStream>()?;
            torn = true;
        }
        Ok(Entry { name, settings, torn })
    }
}

impl Setting {
    /// Reads `name` and `name = value`, separated by commas, and whether something was left out.
    pub(crate) fn parse_all(tokens: TokenStream, takes_rest: bool, faults: &mut Faults) -> (Vec<Setting>, bool) {
        let mut settings = Vec::new();
        let mut torn = false;
        for part in parts(tokens, "a name, such as `port` or `port = 80`", faults) {
            match Parser::parse2(|input: ParseStream| Setting::parse(input, faults), part) {
                Ok(Setting { name, given: Given::Rest }) if !takes_rest => {
                    faults.at(&name, format!("`..{name}` is for boot arguments alone\nhelp: write `args(..{name})`"));
                }
                Ok(setting) => settings.push(setting),
                Err(error) => {
                    torn = true;
                    faults.syntax(error);
                }
            }
        }
        (settings, torn)
    }

    fn parse(input: ParseStream, faults: &mut Faults) -> syn::Result<Setting> {
        refuse_attributes(input, faults)?;
        if rest::is_next(input) {
            return rest::parse(input, faults);
        }
        let name = name(input, "expected a name, such as `port` or `port = 80`")?;
        if let Some((whole, name)) = hyphenated(input, &name)? {
            let shown = whole.to_string().replace(' ', "");
            let message = format!("`{shown}` is not a name: a name has no `-`\nhelp: write `{name}`");
            faults.at(whole, message);
            input.parse::<TokenStream>()?;
            return Ok(Setting { name, given: Given::Broken });
        }
        let given = match Given::parse(input, &name) {
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
    fn parse(input: ParseStream, name: &Ident) -> syn::Result<Given> {
        if input.is_empty() {
            return Ok(Given::Nothing);
        }
        if let Some(error) = rest::behind(name, input)? {
            return Err(error);
        }
        if !input.peek(Token![=]) {
            let rest: TokenTree = input.parse()?;
            let message = unexpected::after_setting(name, &rest, input)?;
            return Err(syn::Error::new_spanned(rest, message));
        }
        let equals: Token![=] = input.parse()?;
        if input.is_empty() {
            return Err(syn::Error::new_spanned(equals, format!("`{name} =` lacks a value")));
        }
        let whole: TokenStream = input.parse()?;
        if let Ok(value) = syn::parse2::<Value>(whole.clone()) {
            return Ok(Given::Value(value));
        }
        match syn::parse2::<Expr>(whole.clone()) {
            Ok(Expr::Path(_) | Expr::Macro(_)) => Ok(Given::Constant(whole)),
            Ok(_) => {
                let constant = name.unraw().to_string().to_uppercase();
                let help = format!("help: define `const {constant}: ... = {whole};` and write `{name} = {constant}`");
                Err(syn::Error::new_spanned(&whole, format!("{}\n{help}", not_a_value(name))))
            }
            Err(_) => Err(syn::Error::new_spanned(whole, not_a_value(name))),
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

fn not_a_value(name: &Ident) -> String {
    format!("the value of `{name}` must be a literal, such as `80`, `\"text\"` or `true`, or the name of a constant")
}

/// Reports attributes: `#[cfg(...)]` has been resolved before, and no other one has a meaning here.
fn refuse_attributes(input: ParseStream, faults: &mut Faults) -> syn::Result<()> {
    for attribute in input.call(Attribute::parse_outer)? {
        let message = if attribute.path().is_ident("doc") {
            "a doc comment is not allowed here\nhelp: write `//` for a comment"
        } else {
            "only `#[cfg(...)]` is allowed here"
        };
        faults.at(attribute, message);
    }
    Ok(())
}

/// A name with `-` in it: as it is written, and with `_` in place of each `-`.
fn hyphenated(input: ParseStream, first: &Ident) -> syn::Result<Option<(TokenStream, Ident)>> {
    if !input.peek(Token![-]) {
        return Ok(None);
    }
    let (mut whole, mut name) = (first.to_token_stream(), first.to_string());
    while input.peek(Token![-]) {
        input.parse::<Token![-]>()?.to_tokens(&mut whole);
        name.push('_');
        if let Ok(part) = Ident::parse_any(input) {
            name.push_str(&part.to_string());
            part.to_tokens(&mut whole);
        }
    }
    Ok(Some((whole, Ident::new(&name, first.span()))))
}

/// Splits at the commas of the outermost level; a comma at the end is allowed, an empty part is a fault.
fn parts(tokens: TokenStream, expected: &str, faults: &mut Faults) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut depth = 0usize; // of angle brackets, within a type
    let mut is_arrow = false;
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => depth += 1,
                '>' if !is_arrow => depth = depth.saturating_sub(1),
                _ => {}
            }
            is_arrow = punct.as_char() == '-';
        }
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' && depth == 0 => {
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
