//! Entity tags in conditional requests (RFC 9110, sections 8.8.3 and 13.1).

use crate::fields::{Fields, Name, any_member};

/// How two tags are compared (RFC 9110, section 8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Comparison {
    /// Equal byte for byte; a weak tag equals none.
    Strong,
    /// The same for caches: whether one of them is weak does not matter.
    Weak,
}

/// Whether `*`, or a list of tags in one or several lines of this field, names the current one.
pub(crate) fn names(fields: &Fields<'_>, field: Name, current: &str, comparison: Comparison) -> bool {
    let mut is_current = |tag: &[u8]| {
        let tag = match comparison {
            Comparison::Strong => tag,
            Comparison::Weak => tag.strip_prefix(b"W/").unwrap_or(tag),
        };
        tag == current.as_bytes()
    };
    // A comma in a tag cuts that into parts that are no tags. So might a `*`, which means all only where it is alone.
    fields.any(field, &mut |line| line == b"*" || any_member(line, &mut is_current))
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Name, names};
    use crate::request;

    fn weakly_and_strongly(lines: &[&str]) -> (bool, bool) {
        let lines: String = lines.iter().map(|line| format!("If-Match: {line}\r\n")).collect();
        let head = format!("GET / HTTP/1.1\r\nHost: h\r\n{lines}\r\n");
        let (request, _) = request::parse(head.as_bytes()).unwrap().unwrap();
        let names = |comparison| names(&request.fields, Name::IfMatch, "\"v\"", comparison);
        (names(Comparison::Weak), names(Comparison::Strong))
    }

    #[test]
    fn lists_and_lines_are_looked_through() {
        for lines in [
            &["\"v\""][..],
            &["*"],
            &["\"a\", \"v\""],
            &[",\"a,b\" ,,\"v\",", "x"],
            &["\"a\"", "\"b\",\"v\""],
            &["\"a\"", "*"],
        ] {
            assert_eq!(weakly_and_strongly(lines), (true, true), "{lines:?}");
        }
        for lines in [&["W/\"v\""][..], &["\"a\",W/\"v\""], &["", "W/\"v\""]] {
            assert_eq!(weakly_and_strongly(lines), (true, false), "{lines:?}");
        }
        for lines in [
            &[][..],
            &[""],
            &["v"],
            &["\"a\""],
            &["\"a,*,b\""],
            &["\"a\", *"],
            &["w/\"v\""],
            &["\"v"],
            &["\"V\""],
            &["W/*"],
            &["\"\""],
        ] {
            assert_eq!(weakly_and_strongly(lines), (false, false), "{lines:?}");
        }
    }
}
