//! Ends of lines on a line of bytes: a terminal at its other end begins the next line at the left only after a carriage return.
//!
//! As `ONLCR` does on a tty, but a line feed that has its carriage return gets no other.

/// Hands `text` to `send` in pieces, with a carriage return before each line feed that follows none. `last` is the byte before the text,
/// and becomes its last one.
pub(crate) fn with_returns(text: &[u8], last: &mut u8, mut send: impl FnMut(&[u8])) {
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let body = line.strip_suffix(b"\n");
        let ends = body.map_or(&b""[..], |body| if body.last().unwrap_or(last) == &b'\r' { b"\n" } else { b"\r\n" });
        send(body.unwrap_or(line));
        send(ends);
        *last = line.last().copied().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::with_returns;
    use std::vec::Vec;

    /// The texts as one after the other sends them.
    fn sent(texts: &[&str]) -> Vec<u8> {
        let (mut sent, mut last) = (Vec::new(), 0);
        for text in texts {
            with_returns(text.as_bytes(), &mut last, |piece| sent.extend_from_slice(piece));
        }
        sent
    }

    #[test]
    fn a_line_feed_gets_a_carriage_return_once() {
        for (texts, expected) in [
            (&["one\ntwo"][..], &b"one\r\ntwo"[..]),
            (&["one\r\ntwo\n"], b"one\r\ntwo\r\n"),
            (&["\n\n"], b"\r\n\r\n"),
            (&["one", "\n"], b"one\r\n"),
            (&["one\r", "\n", "\n"], b"one\r\n\r\n"),
            (&["50 %\r", "", "\n"], b"50 %\r\n"),
            (&["50 %\r100 %\n"], b"50 %\r100 %\r\n"),
            (&["\r", "x\n"], b"\rx\r\n"),
            (&["", "\r\r\n"], b"\r\r\n"),
        ] {
            assert_eq!(sent(texts), expected, "{texts:?}");
        }
    }
}
