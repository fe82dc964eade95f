//! JSON of documents: types of text, numbers, lists and structures, which always have one.

use serde::Serialize;

/// A document on one line.
pub(crate) fn bytes(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).expect("a document has no keys but texts, and nothing in it fails")
}

/// A document for people and programs alike: indented, with a line feed at the end.
#[must_use]
pub fn pretty(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).expect("a document has no keys but texts, and nothing in it fails") + "\n"
}
