//! The page of network protocols: each test that it names is there.

use std::fs;

use super::page::Page;
use super::{Fault, assert_none, found, pages};
use crate::common::root;

const PAGE: &str = "docs/protocols.md";

/// Where tests of the network core are, by their modules.
const FOLDERS: [&str; 3] = ["tests/suite", "tests", "src"];

fn check(page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (line, code) in &page.codes {
        if let Some((module, name)) = code.rsplit_once("::")
            && !is_test(module, name)
        {
            faults.push(page.fault(*line, format!("there is no test `{code}`")));
        }
    }
    faults
}

fn is_test(module: &str, name: &str) -> bool {
    let core = root().join("unikernel-rt/net-core");
    let file = format!("{}.rs", module.replace("::", "/"));
    let texts = FOLDERS.iter().filter_map(|folder| fs::read_to_string(core.join(folder).join(&file)).ok());
    let declaration = format!("fn {name}() {{");
    texts.into_iter().any(|text| {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let found = lines.iter().position(|line| *line == declaration);
        found.is_some_and(|at| {
            lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).any(|line| *line == "#[test]")
        })
    })
}

#[test]
fn tests_of_the_page_are_there() {
    let pages = pages();
    let page = pages.iter().find(|page| page.path == PAGE).expect("the page of protocols");
    let named = page.codes.iter().filter(|(_, code)| code.contains("::")).count();
    assert!(named > 50, "{named} tests are named");
    assert_none(&check(page));
}

#[test]
fn a_test_that_is_not_there_is_found() {
    assert_eq!(found("`tcp::states::both_open_at_once` `make soak`\n", check), [""; 0]);
    assert_eq!(
        found("`tcp::states::both_open_never`\n\n`tcp::nowhere::keep_alives`\n", check),
        ["1: there is no test `tcp::states::both_open_never`", "3: there is no test `tcp::nowhere::keep_alives`"]
    );
}
