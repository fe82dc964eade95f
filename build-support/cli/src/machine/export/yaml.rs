//! A YAML writer: block style for objects and lists, JSON strings for texts.
//!
//! Every text is quoted as a JSON string, which is valid YAML. Without quotes, a MAC address may be read as a base-60 number, and
//! a name such as `no` as a boolean. The YAML crates omit quotes when they consider them unnecessary.

use serde::Serialize;
use serde_json::Value;

/// The document, in block style.
pub(super) fn write(document: &impl Serialize) -> String {
    let document = serde_json::to_value(document).expect("a document has no keys but texts, and nothing in it fails");
    let mut text = String::new();
    block(&mut text, &document, 0);
    text.trim_start().to_owned() + "\n"
}

/// Writes what stands behind a key or a dash, at a column where its lines begin.
fn block(text: &mut String, value: &Value, column: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                line(text, column);
                text.push_str(key);
                text.push(':');
                block(text, value, column + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                line(text, column);
                text.push('-');
                block(text, item, column + 2);
            }
        }
        scalar => {
            text.push(' ');
            text.push_str(&scalar.to_string());
        }
    }
}

/// Begins a line, but for the first field of an item of a list, which stands behind its dash.
fn line(text: &mut String, column: usize) {
    if text.ends_with('-') {
        text.push(' ');
    } else {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', column));
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use serde_json::json;

    #[test]
    fn objects_and_lists_are_lines() {
        let document =
            json!({ "a": [{ "b": "no", "c": { "d": [1, true] } }, [2, [3]]], "e": {}, "f": [], "g": "x\n-" });
        let text = "a:\n  - b: \"no\"\n    c:\n      d:\n        - 1\n        - true\n  - - 2\n    - - 3\ne: {}\nf: []\n\
                    g: \"x\\n-\"\n";
        assert_eq!(write(&document), text);
    }
}
