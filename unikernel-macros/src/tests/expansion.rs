//! Expansions against the golden files in `tests/expansions`: `NAME.rs` becomes `NAME.expanded.rs`.
//!
//! `UPDATE_GOLDEN=1 cargo test -p unikernel-macros` rewrites what has changed, for a reviewer to read.

use std::path::{Path, PathBuf};

use super::split;
use crate::features::Features;
use crate::root::Root;
use crate::written::pretty;

/// What a screen holds; `net.rs` is the largest that must fit.
const SCREEN_LINES: usize = 68;

/// What a card more adds to it.
const CARD_LINES: usize = 10;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansions")
}

fn inputs() -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder()).expect("the folder of golden files");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a golden file").path()).collect();
    files.retain(|path| !path.to_string_lossy().ends_with(".expanded.rs"));
    files.sort();
    files
}

/// The expansion of the first attribute of a file.
fn expand(input: &Path) -> String {
    let source = std::fs::read_to_string(input).expect("a readable input");
    let is_task = source.starts_with("#[task");
    let (annotation, item) = split(&source);
    pretty(&if is_task {
        crate::task_tokens(annotation, item, Features::All)
    } else {
        crate::unikernel_tokens(annotation, item, Features::All, Root::Unknown)
    })
}

#[test]
fn expansions_are_those_that_were_reviewed() {
    let inputs = inputs();
    assert!(inputs.len() >= 8, "golden files are missing");
    for input in inputs {
        let golden = input.with_extension("expanded.rs");
        let expanded = expand(&input);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &expanded).expect("a writable golden file");
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(expanded, expected, "{} has changed; UPDATE_GOLDEN=1 rewrites it", golden.display());
    }
}

#[test]
fn an_expansion_is_thin() {
    for input in inputs() {
        let expanded = expand(&input);
        if expanded.contains("compile_error") {
            continue;
        }
        let own = expanded.split_once("const _: () = {").map_or("", |(_, own)| own);
        // A second card has options of its own, and so many parameters have more than a screen of declarations.
        let further_cards = own.matches("net::attach(").count().saturating_sub(1);
        let limit = SCREEN_LINES + further_cards * CARD_LINES;
        let is_small = own.lines().count() <= limit || expanded.contains("too_many_arguments");
        assert!(is_small, "{} outgrows a screen", input.display());
        for word in ["if ", "loop", "while ", "for ", "unsafe", "match "] {
            // `impl X for Y` is the one `for` that an expansion has, and attributes that place something the one `unsafe`.
            let found = own.replace("Kernel for ", "").replace("#[unsafe(", "").contains(word);
            assert!(!found, "the expansion of {} has behaviour: `{word}`", input.display());
        }
    }
}
