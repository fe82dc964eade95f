//! Links: to files, folders and headings of this repository. Those to other places are not followed.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::page::Page;
use super::{Fault, assert_none, found, pages};
use crate::common::root;

fn check(page: &Page) -> Vec<Fault> {
    let mut anchors = HashMap::new();
    page.links.iter().filter_map(|(line, link)| fault(page, *line, link, &mut anchors)).collect()
}

fn fault(page: &Page, line: usize, link: &str, others: &mut HashMap<PathBuf, Page>) -> Option<Fault> {
    if link.starts_with("https://") {
        return None;
    }
    if link.contains(':') {
        return Some(page.fault(line, format!("`{link}` is neither a relative path nor https")));
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = match path {
        "" => PathBuf::from(&page.path),
        path => normal(&Path::new(&page.path).with_file_name(path)),
    };
    let Some(anchor) = anchor else {
        let is_there = root().join(&target).exists();
        return (!is_there).then(|| page.fault(line, format!("`{link}`: there is no `{}`", target.display())));
    };
    if target == Path::new(&page.path) {
        return (!page.anchors.contains(anchor)).then(|| page.fault(line, format!("`{link}`: no such heading")));
    }
    if !others.contains_key(&target) {
        let Ok(text) = fs::read_to_string(root().join(&target)) else {
            return Some(page.fault(line, format!("`{link}`: there is no `{}`", target.display())));
        };
        others.insert(target.clone(), Page::parse(target.display().to_string(), text));
    }
    (!others[&target].anchors.contains(anchor)).then(|| page.fault(line, format!("`{link}`: no such heading")))
}

/// Without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = normal.pop(),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

#[test]
fn links_lead_somewhere() {
    assert_none(&pages().iter().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn the_summary_has_every_page_of_the_guide() {
    let pages = pages();
    let summary = pages.iter().find(|page| page.path == "docs/SUMMARY.md").expect("mdBook's table of contents");
    let listed: Vec<_> = summary.links.iter().map(|(_, link)| format!("docs/{link}")).collect();
    for page in pages.iter().filter(|page| page.path.starts_with("docs/") && page.path != summary.path) {
        assert_eq!(listed.iter().filter(|path| **path == page.path).count(), 1, "{} is listed once", page.path);
    }
}

#[test]
fn a_wrong_link_is_found() {
    let text = "# One\n\n[a](#one) [b](../README.md) [c](../docs) [d](https://example.org)\n";
    assert_eq!(found(text, check), [""; 0]);
    let wrong =
        "[a](#two)\n[b](none.md)\n[c](../README.md#no-such-heading)\n[d](none.md#one)\n[e](http://example.org)\n";
    let wanted = [
        "1: `#two`: no such heading",
        "2: `none.md`: there is no `docs/none.md`",
        "3: `../README.md#no-such-heading`: no such heading",
        "4: `none.md#one`: there is no `docs/none.md`",
        "5: `http://example.org` is neither a relative path nor https",
    ];
    assert_eq!(found(wrong, check), wanted);
}
