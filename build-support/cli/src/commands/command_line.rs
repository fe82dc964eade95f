//! Boot command lines: the values of a manifest, and words appended to them.

/// A command line with more words appended.
pub(super) fn joined(line: &str, more: &str) -> String {
    if line.is_empty() || more.is_empty() { format!("{line}{more}") } else { format!("{line} {more}") }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn more_words_come_last() {
        assert_eq!(joined("", ""), "");
        assert_eq!(joined("port=80", ""), "port=80");
        assert_eq!(joined("", "port=81"), "port=81");
        assert_eq!(joined("port=80", "port=81"), "port=80 port=81");
    }
}
