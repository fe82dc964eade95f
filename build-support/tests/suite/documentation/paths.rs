//! Paths in running text: one that begins with a folder of this repository exists.

use std::fs;

use super::page::Page;
use super::{Fault, assert_none, found, pages};
use crate::common::root;

/// Made by builds, or a placeholder's own.
const MADE: [&str; 3] = ["build", "target", ".git"];

fn check(page: &Page) -> Vec<Fault> {
    let folders: Vec<String> = fs::read_dir(root())
        .expect("the root")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !MADE.contains(&name.as_str()))
        .collect();
    let is_ours = |code: &str| code.split_once('/').is_some_and(|(first, _)| folders.iter().any(|name| name == first));
    let mut faults = Vec::new();
    for (line, code) in page.codes.iter().filter(|(_, code)| is_ours(code) && !is_pattern(code)) {
        if !root().join(code).exists() {
            faults.push(page.fault(*line, format!("there is no `{code}`")));
        }
    }
    faults
}

/// Whether a path has a placeholder (`manifests/APP.toml`, `apps/*`), or is no path alone.
fn is_pattern(code: &str) -> bool {
    let is_placeholder = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    code.contains(['*', '{', ' '])
        || code.split(|c: char| !c.is_ascii_alphanumeric()).any(is_placeholder) && !root().join(code).exists()
}

#[test]
fn paths_exist() {
    assert_none(&pages().iter().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn a_wrong_path_is_found() {
    let text =
        "`apps/hello` `apps/*/Cargo.toml` `manifests/APP.toml` `unikernel-rt/src/boot/entry.S` `src/main.rs` `a/b`\n";
    assert_eq!(found(text, check), [""; 0]);
    assert_eq!(
        found("`apps/none`\n\n`docs/none.md`\n", check),
        ["1: there is no `apps/none`", "3: there is no `docs/none.md`"]
    );
}
