//! The logic of `template-name`: `cargo test` runs its unit tests on the host.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

/// How often each word of a text occurs, in small letters.
#[must_use]
pub fn count(text: &str) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

/// The words that occur most often, and how often; of equal ones, the first in the alphabet.
#[must_use]
pub fn most_frequent(counts: &BTreeMap<String, u32>, most: usize) -> Vec<(&str, u32)> {
    let mut words: Vec<_> = counts
        .iter()
        .map(|(word, count)| (word.as_str(), *count))
        .collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    words.truncate(most);
    words
}

#[cfg(test)]
mod tests {
    use super::{count, most_frequent};

    #[test]
    fn words_are_counted() {
        let counts = count("A rose is a rose. Is it?");
        assert_eq!(
            most_frequent(&counts, 3),
            [("a", 2), ("is", 2), ("rose", 2)]
        );
        assert_eq!(most_frequent(&counts, 9).len(), 4);
        assert!(count(" ,.\n").is_empty());
    }
}
