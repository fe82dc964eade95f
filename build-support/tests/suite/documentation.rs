//! The README and the guide: samples are built, manifests and commands are checked, links and paths lead somewhere.
//!
//! A sample is a code block, and the code block is its only source. A word behind the language says what is not an application:
//! `rust,fragment` is only parsed; `rust,test` is a test of an application, which `make test-all` runs; `rust,expansion=NAME` is what
//! the attribute makes of one. `rust,app=NAME` names an application, for the manifests of the pages.

mod commands;
mod figures;
mod foreign;
mod lines;
mod links;
mod manifests;
mod package;
mod page;
mod paths;
mod protocols;
mod samples;

use std::fs;
use std::path::Path;

use crate::common::root;
use page::Page;

/// A mistake of a page.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    /// The page, from the root of the repository.
    page: String,
    line: usize,
    text: String,
}

/// All pages: those at the root of the repository, and the guide.
fn pages() -> Vec<Page> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root, false, &mut paths);
    collect(&root.join("docs"), true, &mut paths);
    assert!(paths.len() > 10, "the guide was found: {paths:?}");
    let mut pages = Vec::new();
    for path in paths {
        let text = fs::read_to_string(root.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        pages.push(Page::parse(path, text));
    }
    pages
}

/// Adds the pages of a folder, in the order of their names.
fn collect(folder: &Path, is_deep: bool, paths: &mut Vec<String>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && is_deep {
            collect(&path, true, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let path = path.strip_prefix(root()).expect("is below the root");
            paths.push(path.to_str().expect("UTF-8").to_owned());
        }
    }
}

/// Fails with all faults, one a line, in the form that editors understand.
#[track_caller]
fn assert_none(faults: &[Fault]) {
    let mut lines = String::new();
    for Fault { page, line, text } in faults {
        lines += &format!("\n{page}:{line}: {text}");
    }
    assert!(faults.is_empty(), "{} faults{lines}", faults.len());
}

/// The texts of the faults that `check` finds in a page of this text.
fn found(text: &str, check: impl FnOnce(&Page) -> Vec<Fault>) -> Vec<String> {
    let page = Page::parse("docs/page.md".to_owned(), text.to_owned());
    check(&page).into_iter().map(|fault| format!("{}: {}", fault.line, fault.text)).collect()
}
