//! The logic of `template-name`, which needs no machine: `cargo test` runs its unit tests on the host.
#![no_std]
#![forbid(unsafe_code)]

/// The lines, words and bytes of a text that is read piece by piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number of line ends.
    pub lines: u64,
    /// The number of words between white space.
    pub words: u64,
    /// The number of bytes.
    pub bytes: u64,
    in_word: bool,
}

impl Count {
    /// Counts the next piece.
    pub fn add(&mut self, piece: &[u8]) {
        for byte in piece {
            let is_space = byte.is_ascii_whitespace();
            self.words += u64::from(!is_space && !self.in_word);
            self.in_word = !is_space;
            self.lines += u64::from(*byte == b'\n');
        }
        self.bytes += piece.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn pieces_may_end_anywhere() {
        let text = b"two words\nand  three more\n";
        for at in 0..=text.len() {
            let mut count = Count::default();
            let (first, second) = text.split_at(at);
            count.add(first);
            count.add(second);
            assert_eq!(
                (count.lines, count.words, count.bytes),
                (2, 5, 26),
                "split at {at}"
            );
        }
    }
}
