//! Errors about unknown names.

use unikernel_vocabulary::nearest;

use super::{document::Entry, report::Fault};

pub(super) const NOT_KNOWN: &str = "unknown";

/// Adds to a fault about an unknown name its place, the nearest known name, and all of them.
pub(super) fn unknown(fault: Fault, entry: &Entry, known: &[&str]) -> Fault {
    let near = nearest(&entry.key, known.iter().copied());
    let label = near.map_or(NOT_KNOWN.into(), |near| format!("did you mean `{near}`?"));
    fault.at(entry.key_span.clone(), label).help(expected(known))
}

/// "expected one of `a`, `b`".
pub(super) fn expected(known: &[&str]) -> String {
    let what = if known.len() == 1 { "expected" } else { "expected one of" };
    format!("{what} {}", names(known.iter().copied()))
}

/// Names in a row: "`a`, `b`".
pub(super) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
