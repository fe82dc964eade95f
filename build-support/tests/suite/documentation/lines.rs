//! One line width.

use super::page::Page;
use super::{Fault, assert_none, found, pages};

/// The most characters of a line; rows of tables and code are longer where they have to be.
const WIDTH: usize = 120;

fn check(page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (line, text) in (1..).zip(page.text.lines()) {
        let length = text.chars().count();
        if length > WIDTH && !page.unwrapped.iter().any(|lines| lines.contains(&line)) {
            faults.push(page.fault(line, format!("{length} characters, more than {WIDTH}")));
        }
        if text != text.trim_end() {
            faults.push(page.fault(line, "white space at the end of the line"));
        }
    }
    faults
}

#[test]
fn readme_and_guide_have_one_line_width() {
    let pages = pages();
    let checked = pages.iter().filter(|page| page.path == "README.md" || page.path.starts_with("docs/"));
    assert_none(&checked.flat_map(check).collect::<Vec<_>>());
}

#[test]
fn a_long_line_is_found() {
    let long = "x".repeat(WIDTH + 1);
    assert_eq!(found(&format!("a\n\n{long}\n"), check), ["3: 121 characters, more than 120"]);
    assert_eq!(found("a \n", check), ["1: white space at the end of the line"]);
    assert!(found(&format!("```\n{long}\n```\n\n| a |\n|---|\n| {long} |\n"), check).is_empty());
}
