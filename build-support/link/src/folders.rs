//! Finds what an application declares, and the folders that it embeds, for `rerun-if-changed`.
//!
//! On stable Rust a procedural macro cannot report the files that it reads, and `include_bytes!` tracks existing files, not
//! new ones. This scans tokens rather than items: an attribute inside a module, a macro or a `cfg_attr` counts, whether it is
//! compiled or not. Watching a folder too many is harmless. Invalid options are reported by the attribute itself.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{ItemUse, Lit, Meta, MetaList, UseTree};

/// The name of the attribute.
const ATTRIBUTE: &str = "unikernel";

/// The folders of all `kv` devices declared in the sources of a package.
pub(super) fn embedded(sources: &[TokenStream]) -> BTreeSet<String> {
    declarations(sources).into_iter().flat_map(declared_folders).collect()
}

/// What stands between the parentheses of every such attribute.
pub(super) fn declarations(sources: &[TokenStream]) -> Vec<TokenStream> {
    let names = names(sources);
    let mut declarations = Vec::new();
    for source in sources {
        for_each_stream(source, &mut |tokens| {
            for pair in tokens.windows(2) {
                if let [TokenTree::Punct(hash), TokenTree::Group(brackets)] = pair
                    && hash.as_char() == '#'
                    && brackets.delimiter() == Delimiter::Bracket
                {
                    read_attribute(brackets.stream(), &names, &mut declarations);
                }
            }
        });
    }
    declarations
}

/// The attribute's name and its aliases by `use ... as`, in any file.
fn names(sources: &[TokenStream]) -> BTreeSet<String> {
    let mut renames = Vec::new();
    for source in sources {
        for_each_stream(source, &mut |tokens| {
            let starts = tokens.iter().enumerate().filter(|(_, token)| is_word(token, "use"));
            for (start, _) in starts {
                let item = tokens[start..].split_inclusive(|token| is_punct(token, ';')).next().unwrap_or_default();
                if let Ok(item) = syn::parse2::<ItemUse>(item.iter().cloned().collect()) {
                    collect_renames(&item.tree, &mut renames);
                }
            }
        });
    }
    let mut names = BTreeSet::from([ATTRIBUTE.to_owned()]);
    // An alias may refer to another one that is declared later.
    loop {
        let known = names.len();
        let renamed = renames.iter().filter(|(from, _)| names.contains(from)).map(|(_, to)| to.clone());
        names.extend(renamed.collect::<Vec<_>>());
        if names.len() == known {
            return names;
        }
    }
}

fn collect_renames(tree: &UseTree, renames: &mut Vec<(String, String)>) {
    match tree {
        UseTree::Path(path) => collect_renames(&path.tree, renames),
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect_renames(tree, renames)),
        UseTree::Rename(rename) => {
            renames.push((rename.ident.unraw().to_string(), rename.rename.unraw().to_string()));
        }
        _ => {}
    }
}

/// Reads the content of `#[...]`, or an attribute of a `cfg_attr`.
fn read_attribute(tokens: TokenStream, names: &BTreeSet<String>, declarations: &mut Vec<TokenStream>) {
    let (path, list) = match syn::parse2(tokens) {
        Ok(Meta::List(MetaList { path, tokens, .. })) => (path, tokens),
        Ok(Meta::Path(path)) => (path, TokenStream::new()),
        _ => return,
    };
    let Some(name) = path.segments.last().map(|segment| segment.ident.unraw().to_string()) else { return };
    if path.is_ident("cfg_attr") {
        let tokens: Vec<_> = list.into_iter().collect();
        for attribute in tokens.split(|token| is_punct(token, ',')).skip(1) {
            read_attribute(attribute.iter().cloned().collect(), names, declarations);
        }
    } else if names.contains(&name) {
        declarations.push(list);
    }
}

/// The folders of the `kv` devices of a declaration.
fn declared_folders(declaration: TokenStream) -> Vec<String> {
    let declared: Vec<_> = declaration.into_iter().collect();
    let folder = |pair: &[TokenTree]| match pair {
        [device, TokenTree::Group(options)] if is_word(device, "kv") => directory(options),
        _ => None,
    };
    declared.windows(2).filter_map(folder).collect()
}

/// The value of the option `dir`.
fn directory(options: &Group) -> Option<String> {
    let tokens: Vec<_> = options.stream().into_iter().collect();
    tokens.windows(3).find_map(|window| match window {
        [name, equals, TokenTree::Literal(literal)] if is_word(name, "dir") && is_punct(equals, '=') => {
            match Lit::new(literal.clone()) {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            }
        }
        _ => None,
    })
}

/// Calls `visit` with the tokens of a source, and with those of every group in it.
fn for_each_stream(source: &TokenStream, visit: &mut impl FnMut(&[TokenTree])) {
    let tokens: Vec<_> = source.clone().into_iter().collect();
    visit(&tokens);
    for token in tokens {
        if let TokenTree::Group(group) = token {
            for_each_stream(&group.stream(), visit);
        }
    }
}

pub(super) fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

pub(super) fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}

#[cfg(test)]
mod tests {
    use super::embedded;

    #[track_caller]
    fn check(sources: &[&str], folders: &[&str]) {
        let tokens: Vec<_> = sources.iter().map(|source| source.parse().expect("tokens of Rust")).collect();
        assert_eq!(Vec::from_iter(embedded(&tokens)), folders, "{sources:?}");
    }

    #[test]
    fn folders_are_found_in_annotations() {
        let source =
            "#[unikernel(console, kv(dir = \"site\"), args(a = \"dir\"), kv(name=\"b\",dir=r#\"t/u\"#))]\nfn main() {}";
        check(&[source], &["site", "t/u"]);
        let lines = "#[unikernel(\n    kv(\n        // the pages\n        dir = \"my \\\"site\\\"\", /* dir = \"x\" */\n    ),\n)]";
        check(&[lines], &["my \"site\""]);
        check(&["#[unikernel(kv(dir = \"\\u{e4}\\x41\"))]"], &["äA"]);
    }

    #[test]
    fn the_attribute_may_be_written_with_a_path() {
        check(&["#[unikernel_rt::unikernel(kv(dir = \"a\"))] fn main() {}"], &["a"]);
        check(&["#[::unikernel_rt::prelude::unikernel(kv(dir = \"a\"))] fn main() {}"], &["a"]);
        check(&["#[r#unikernel(kv(dir = \"a\"))] fn main() {}"], &["a"]);
    }

    #[test]
    fn the_attribute_may_have_another_name() {
        let annotation = "#[kernel(kv(dir = \"a\"))] fn main() {}";
        for import in [
            "use unikernel_rt::unikernel as kernel;",
            "use ::unikernel_rt::{prelude::{*, unikernel as kernel}, Error};",
            "mod inner { pub(crate) use unikernel_rt::unikernel as r#kernel; }",
            "use inner::boot as kernel; mod inner { pub use unikernel_rt::unikernel as boot; }",
        ] {
            check(&[&format!("{import}\n{annotation}")], &["a"]);
            check(&[annotation, import], &["a"]);
        }
        check(&[&format!("use other::attribute as kernel; {annotation}")], &[]);
        check(&[&format!("fn f() -> impl Sized + use<> {{}} {annotation}")], &[]);
    }

    #[test]
    fn the_attribute_may_be_conditional() {
        check(&["#[cfg_attr(feature = \"x\", unikernel(kv(dir = \"a\")))] fn main() {}"], &["a"]);
        check(&["#[cfg_attr(all(a, b), allow(x), cfg_attr(c, unikernel_rt::unikernel(kv(dir = \"a\"))),)]"], &["a"]);
        check(
            &[
                "#[cfg(a)] #[unikernel(kv(dir = \"a\"))] fn main() {} #[cfg(not(a))] #[unikernel(kv(dir = \"b\"))] fn main() {}",
            ],
            &["a", "b"],
        );
        check(&["#[cfg_attr(unikernel(kv(dir = \"a\")), allow(x))] fn main() {}"], &[]);
    }

    #[test]
    fn modules_and_macros_do_not_hide_it() {
        check(&["mod a { mod b { #[unikernel(kv(dir = \"a\"))] fn main() {} } }"], &["a"]);
        check(&["macro_rules! app { () => { #[unikernel(kv(dir = \"a\"))] fn main() {} } } app!();"], &["a"]);
        check(&["outer! { inner![#[unikernel(kv(dir = \"a\"))] fn main() {}] }"], &["a"]);
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        for source in [
            "",
            "fn main() {}",
            "// #[unikernel(kv(dir = \"site\"))]",
            "/* /* */ #[unikernel(kv(dir = \"site\"))] */",
            "/// #[unikernel(kv(dir = \"site\"))]\nfn main() {}",
            "const A: &str = \"#[unikernel(kv(dir = \\\"site\\\"))]\";",
            "const A: &str = r##\"#[unikernel(kv(dir = \"site\"))]\"##;",
            "#[other(kv(dir = \"site\"))]",
            "#[unikernel::other(kv(dir = \"site\"))]",
            "#[unikernel(args(dir = \"site\"))]",
            "#[unikernel(kv(fat, block = \"data\"))]",
            "#[unikernel(kv(dir = 3))]",
            "#[unikernel(kv(dir = b\"site\"))]",
            "#[unikernel]",
            "#[unikernel = \"kv\"]",
        ] {
            check(&[source], &[]);
        }
    }

    #[test]
    fn what_comes_before_does_not_hide_one() {
        for before in [
            "#![no_std]",
            "const Q: char = '\"';",
            "const Q: char = '\\'';",
            "const Q: char = '\\u{22}';",
            "fn f<'a>(a: &'a str) {}",
            "const Ä: u8 = b'/';",
            "use;",
            "#",
        ] {
            check(&[&format!("{before}\n#[unikernel(kv(dir = \"site\"))]")], &["site"]);
        }
    }

    #[test]
    fn torn_sources_end() {
        let source = "use a as b; #[cfg_attr(x, unikernel(kv(dir = \"site\", /* */ name = r#\"a\"#), x('a')))]";
        for end in 0..=source.len() {
            if let Ok(tokens) = source[..end].parse() {
                embedded(&[tokens]);
            }
        }
    }
}
