//! Ends of lines on a console: a kernel sends carriage return and line feed, files and pipes here have the line feed alone.

/// A filter that leaves the carriage return before a line feed out. It holds back a carriage return until the next byte comes.
#[derive(Debug, Default)]
pub struct Newlines {
    has_return: bool,
}

impl Newlines {
    /// Filters the next bytes of the console.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut told = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            if self.has_return && byte != b'\n' {
                told.push(b'\r');
            }
            self.has_return = byte == b'\r';
            if !self.has_return {
                told.push(byte);
            }
        }
        told
    }

    /// What is left at the end.
    pub fn end(&mut self) -> &'static [u8] {
        if std::mem::take(&mut self.has_return) { b"\r" } else { b"" }
    }
}

#[cfg(test)]
mod tests {
    use super::Newlines;

    #[test]
    fn ends_of_lines_lose_their_carriage_return_and_nothing_else_changes() {
        for (text, expected) in [
            ("one\r\ntwo\n", "one\ntwo\n"),
            ("50 %\r100 %\r\n", "50 %\r100 %\n"),
            ("\r\r\n", "\r\n"),
            ("\n\r", "\n\r"),
            ("\r", "\r"),
            ("", ""),
        ] {
            // Whole, and byte by byte as a pipe may deliver it.
            for size in [text.len().max(1), 1] {
                let mut newlines = Newlines::default();
                let mut told: Vec<u8> = text.as_bytes().chunks(size).flat_map(|part| newlines.feed(part)).collect();
                told.extend(newlines.end());
                assert_eq!(String::from_utf8_lossy(&told), expected, "{text:?} in pieces of {size}");
            }
        }
    }
}
