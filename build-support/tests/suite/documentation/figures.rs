//! Figures of the pages that are in the checked-in table of counts: they change with it.

use unikernel_bench::counts::table;
use unikernel_cli::table::grouped;

use super::page::Page;
use super::{Fault, assert_none, found, pages};
use crate::common::root;

/// The measures that a page shows.
const FIGURES: &[(&str, &[&str])] = &[
    ("README.md", &["hello: ISO bytes", "hello: loaded bytes", "hello: entry to main, instructions"]),
    ("docs/boot.md", &["hello: entry to main, instructions", "hello: entry to main, port I/O"]),
    (
        "docs/performance.md",
        &[
            "hello: entry to main, instructions",
            "hello: entry to main, port I/O",
            "ping: entry to first frame, instructions",
            "ping: entry to first frame, port I/O",
            "ping: entry to first frame, device accesses",
            "ping: one echo, instructions",
            "static_web: a request, keep-alive, instructions",
            "static_web: a connection per request, instructions",
            "bench_disk: read of 4096 bytes, instructions",
        ],
    ),
    (
        "docs/comparison.md",
        &[
            "hello: ISO bytes",
            "hello: loaded bytes",
            "hello: entry to main, instructions",
            "hello: entry to main, port I/O",
            "ping: entry to first frame, instructions",
            "ping: one echo, instructions",
        ],
    ),
];

fn check(page: &Page, figures: &[&str], counts: &str) -> Vec<Fault> {
    let counts = table::parse(counts).expect("the table");
    let mut faults = Vec::new();
    for name in figures {
        let measure = counts.iter().find(|measure| measure.name == *name).expect("a measure of the table");
        let value = grouped(measure.value);
        let is_there = page.text.split(|c: char| !c.is_ascii_digit() && c != ',');
        if !is_there.map(|word| word.trim_matches(',')).any(|word| word == value) {
            faults.push(page.fault(1, format!("`{name}` is {value} now")));
        }
    }
    faults
}

#[test]
fn figures_are_those_of_the_table() {
    let counts = std::fs::read_to_string(root().join("build-support/bench/counts.txt")).expect("the table");
    let pages = pages();
    let mut faults = Vec::new();
    for (path, figures) in FIGURES {
        let page = pages.iter().find(|page| page.path == *path).expect("a page");
        faults.extend(check(page, figures, &counts));
    }
    assert_none(&faults);
}

#[test]
fn an_old_figure_is_found() {
    let counts = "  2748  hello: entry to main, instructions\n";
    let figures = ["hello: entry to main, instructions"];
    assert_eq!(found("It executes 2,748, instructions.\n", |page| check(page, &figures, counts)), [""; 0]);
    let wanted = ["1: `hello: entry to main, instructions` is 2,748 now"];
    assert_eq!(found("It executes 12,748 or 2,74 instructions.\n", |page| check(page, &figures, counts)), wanted);
}
