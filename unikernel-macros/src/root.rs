//! The crate's root file: whether it begins with `#![no_std]`, and whether that fits `std`.
//!
//! A crate with the standard library has a panic handler and a `main` already. Where a kernel defines them as well, all that the
//! compiler says is "duplicate lang item", so it is told here. Features do not tell: cargo gives a package those that any other
//! package of the same build asks for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

use crate::check;
use crate::faults::Faults;
use crate::features::Features;
use crate::parse::Annotation;

/// What the crate has of the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// All of it.
    Std,
    /// `core`: the file has `#![no_std]`.
    NoStd,
    /// Who knows: the attribute is in another file, `no_std` is conditional, or an editor expands it.
    Unknown,
}

impl Root {
    /// Looks at the file that the attribute is in, where that is the one the compiler was called with.
    pub(crate) fn find() -> Root {
        let is_documentation = std::env::var_os("UNSTABLE_RUSTDOC_TEST_PATH").is_some();
        let file = proc_macro::Span::call_site().local_file().and_then(|path| path.canonicalize().ok());
        let is_root = |file: &PathBuf| std::env::args_os().any(|argument| is_path_of(&argument, file));
        match file.filter(is_root).map(std::fs::read_to_string) {
            Some(Ok(text)) if !is_documentation => Root::of(&text),
            _ => Root::Unknown,
        }
    }

    fn of(text: &str) -> Root {
        let Ok(file) = syn::parse_file(text) else { return Root::Unknown };
        let mut attributes = file.attrs.iter().filter(|attribute| !attribute.path().is_ident("doc"));
        if file.attrs.iter().any(|attribute| attribute.path().is_ident("no_std")) {
            Root::NoStd
        } else if attributes.any(|attribute| mentions(quote::quote!(#attribute), "no_std")) {
            Root::Unknown
        } else {
            Root::Std
        }
    }

    /// Whether the compiler defines a panic handler and calls a `main`, as far as is known.
    pub(crate) fn has_std(self, declares_std: bool) -> bool {
        match self {
            Root::Std => true,
            Root::NoStd => false,
            Root::Unknown => declares_std,
        }
    }

    /// Whether `std` is declared where the crate has it, and nowhere else; else a fault.
    pub(crate) fn check(self, annotation: &TokenStream, features: Features, faults: &mut Faults) -> bool {
        let (written, _) = crate::runtime::take(annotation.clone(), &mut Faults::default());
        let annotation = Annotation::parse(written.clone(), &mut Faults::default());
        let std = annotation.entries.iter().find(|entry| entry.name == "std");
        // A part that cannot be read, or a name that is near, may be it.
        let is_meant = annotation.torn
            || annotation
                .named
                .iter()
                .any(|named| unikernel_vocabulary::nearest(&named.kind, ["std"].into_iter()).is_some());
        match (self, std) {
            (Root::NoStd, Some(entry)) => {
                let message = "`std` is declared, and the crate begins with `#![no_std]`";
                faults.at(&entry.name, format!("{message}\nhelp: remove `#![no_std]` and `#![no_main]`"));
            }
            (Root::Std, None) if !is_meant => {
                let with_std = check::with_first("std", &annotation);
                let message = if features.is_on("std") {
                    format!("the crate has the standard library, and `std` is not declared\nhelp: write `{with_std}`")
                } else {
                    let line = "unikernel-rt = { ..., features = [\"std\"] }";
                    format!(
                        "a kernel that does not declare `std` is a crate without the standard library\n\
                         help: begin the file with `#![no_std]` and `#![no_main]`\n\
                         help: or write `{with_std}`, and in Cargo.toml `{line}`"
                    )
                };
                faults.at(written, message);
            }
            _ => return true,
        }
        faults.declared = annotation.named;
        false
    }
}

fn is_path_of(argument: &OsStr, file: &Path) -> bool {
    Path::new(argument).file_name() == file.file_name()
        && Path::new(argument).canonicalize().is_ok_and(|path| path == file)
}

fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), word),
        TokenTree::Ident(ident) => ident == word,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::Root;

    #[test]
    fn the_root_says_what_the_crate_has() {
        for (text, root) in [
            ("fn main() {}", Root::Std),
            ("//! There is no `#![no_std]`.\n#![forbid(unsafe_code)]\nfn main() {}", Root::Std),
            ("#![no_std]\n#![no_main]\nfn main() {}", Root::NoStd),
            ("//! A kernel.\n#![no_main]\n#![no_std]", Root::NoStd),
            ("#![cfg_attr(not(test), no_std)]\nfn main() {}", Root::Unknown),
            ("fn main() {", Root::Unknown),
        ] {
            assert_eq!(Root::of(text), root, "{text}");
        }
    }
}
