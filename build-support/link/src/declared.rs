//! Whether what a package declares fits the function that its `build.rs` calls.
//!
//! Said here, a mistake is one line; otherwise the linker says it, once for each function of a C library.

use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::folders::{self, is_punct, is_word};

/// A source file of the package.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) tokens: TokenStream,
}

/// The function that `build.rs` calls.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Called {
    Link,
    LinkStd,
}

/// Attributes of a `main` that are known to add no declaration.
const PLAIN: [&str; 11] =
    ["allow", "expect", "warn", "deny", "forbid", "doc", "inline", "tokio", "actix_web", "async_std", "rocket"];

/// Why no kernel, or no program of `std`, comes out, and how to fix that; `None` where nothing speaks against it.
pub(crate) fn fault(sources: &[Source], called: Called, is_image: bool) -> Option<String> {
    let tokens: Vec<_> = sources.iter().map(|source| source.tokens.clone()).collect();
    let declarations = folders::declarations(&tokens);
    let has_std = declarations.iter().any(declares_std);
    match called {
        Called::Link if has_std => Some(
            "`#[unikernel(std, ...)]` declares a program of the standard library, and `link` is for kernels without: write \
             `unikernel_build::link_std()` in build.rs"
                .into(),
        ),
        Called::LinkStd if !declarations.is_empty() && !has_std && tokens.iter().any(is_no_std) => Some(
            "no `#[unikernel(...)]` declares `std`, and `link_std` is for programs that do: write `unikernel_build::link()` in build.rs"
                .into(),
        ),
        _ if is_image && declarations.is_empty() => without_attribute(sources, called),
        _ => None,
    }
}

/// Whether `std` is one of the entries of a declaration.
fn declares_std(declaration: &TokenStream) -> bool {
    let tokens: Vec<_> = declaration.clone().into_iter().collect();
    tokens.split(|token| is_punct(token, ',')).any(|entry| {
        let mut names = entry.iter().filter(|token| matches!(token, TokenTree::Ident(_)));
        names.next().is_some_and(|name| is_word(name, "std"))
    })
}

fn is_no_std(source: &TokenStream) -> bool {
    inner_attributes(source).any(|attribute| attribute.to_string().contains("no_std"))
}

/// What is between the brackets of each `#![...]`, but for documentation.
fn inner_attributes(source: &TokenStream) -> impl Iterator<Item = TokenStream> {
    let tokens: Vec<_> = source.clone().into_iter().collect();
    let attribute = |window: &[TokenTree]| match window {
        [hash, bang, TokenTree::Group(group)] if is_punct(hash, '#') && is_punct(bang, '!') => Some(group.stream()),
        _ => None,
    };
    let is_documentation =
        |attribute: &TokenStream| attribute.clone().into_iter().next().is_some_and(|name| is_word(&name, "doc"));
    let found: Vec<_> = tokens.windows(3).filter_map(attribute).filter(|found| !is_documentation(found)).collect();
    found.into_iter()
}

/// A fault where every binary has a `main` of its own, above which nothing can stand for the attribute.
fn without_attribute(sources: &[Source], called: Called) -> Option<String> {
    let roots: Vec<_> = sources.iter().filter(|source| is_root(&source.path)).collect();
    let first = roots.first()?;
    if !roots.iter().all(|root| has_plain_main(&root.tokens)) {
        return None;
    }
    let declaration = if called == Called::LinkStd { "std, console" } else { "console" };
    Some(format!(
        "`main` in {} has no attribute that makes it a unikernel: write `#[unikernel_rt::unikernel({declaration})]` above it, with \
         what it needs besides, such as `net(...)`",
        first.path.display()
    ))
}

/// Whether cargo makes a binary of the file.
fn is_root(path: &Path) -> bool {
    let path = path.strip_prefix("src").unwrap_or(path);
    let parts: Vec<_> = path.iter().collect();
    match parts.as_slice() {
        [file] => *file == "main.rs",
        [folder, _] => *folder == "bin",
        [folder, _, file] => *folder == "bin" && *file == "main.rs",
        _ => false,
    }
}

/// Whether a file has one `fn main`, and nothing above it but what is known.
fn has_plain_main(source: &TokenStream) -> bool {
    let tokens: Vec<_> = source.clone().into_iter().collect();
    let mut mains =
        tokens.windows(2).enumerate().filter(|(_, pair)| is_word(&pair[0], "fn") && is_word(&pair[1], "main"));
    let (Some((at, _)), None) = (mains.next(), mains.next()) else { return false };
    let mut above = tokens[..at].iter().rev().skip_while(|token| matches!(token, TokenTree::Ident(_))).peekable();
    while let Some(TokenTree::Group(group)) = above.next_if(|token| is_bracketed(token)) {
        let name = group.stream().into_iter().next().map(|name| name.to_string()).unwrap_or_default();
        let is_outer = above.next().is_some_and(|hash| is_punct(hash, '#'));
        if is_outer && !PLAIN.contains(&name.as_str()) {
            return false;
        }
    }
    !inner_attributes(source).any(|attribute| attribute.to_string().contains("no_main"))
}

fn is_bracketed(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

#[cfg(test)]
mod tests {
    use super::{Called, Source, fault};

    #[track_caller]
    fn check(files: &[(&str, &str)], called: Called, begin: Option<&str>) {
        let source = |(path, text): &(&str, &str)| Source { path: path.into(), tokens: text.parse().expect("tokens") };
        let sources: Vec<_> = files.iter().map(source).collect();
        let fault = fault(&sources, called, true);
        assert_eq!(fault.is_some(), begin.is_some(), "{files:?}: {fault:?}");
        assert!(fault.unwrap_or_default().starts_with(begin.unwrap_or_default()));
    }

    #[test]
    fn each_kind_of_package_has_its_function() {
        let program = ("src/main.rs", "use unikernel_rt::unikernel; #[unikernel(console, #[cfg(a)] std)] fn main() {}");
        check(&[program], Called::LinkStd, None);
        check(&[program], Called::Link, Some("`#[unikernel(std, ...)]` declares a program"));
        let kernel =
            ("src/main.rs", "#![no_std] #![no_main] #[unikernel_rt::unikernel(console, args(std))] fn main() {}");
        check(&[kernel], Called::Link, None);
        check(&[kernel], Called::LinkStd, Some("no `#[unikernel(...)]` declares `std`"));
        check(&[kernel, ("src/bin/other.rs", program.1)], Called::LinkStd, None);
        // That the word is missing the attribute says.
        let text = "//! No `#![no_std]`.\n#[unikernel_rt::unikernel(console)] fn main() {}";
        check(&[("src/main.rs", text)], Called::LinkStd, None);
    }

    #[test]
    fn a_plain_program_is_told_what_makes_it_a_unikernel() {
        let told =
            Some("`main` in src/main.rs has no attribute that makes it a unikernel: write `#[unikernel_rt::unikernel(");
        for text in [
            "fn main() {}",
            "#![forbid(unsafe_code)] fn main() {}",
            "use std::io; /// Runs.\n #[tokio::main(flavor = \"current_thread\")] async fn main() {}",
            "#[allow(a)] pub fn main() {}",
        ] {
            check(&[("src/main.rs", text)], Called::LinkStd, told);
            check(&[("src/main.rs", text), ("src/lib.rs", "")], Called::Link, told);
        }
        for text in [
            "#[my::kernel] fn main() {}",
            "#[cfg_attr(unikernel, my::kernel)] #[tokio::main] async fn main() {}",
            "#[cfg(unikernel)] fn main() {} #[cfg(not(unikernel))] fn main() {}",
            "kernel! { fn main() {} }",
            "#![no_main] fn main() {}",
        ] {
            check(&[("src/main.rs", text)], Called::LinkStd, None);
            check(&[("src/main.rs", "fn main() {}"), ("src/bin/two.rs", text)], Called::LinkStd, None);
        }
        check(&[("src/lib.rs", "fn main() {}")], Called::LinkStd, None);
    }
}
