//! One piece of the text that Prometheus reads (exposition format 0.0.4), in a buffer that holds any of them.

use super::value::{HELP_BYTES, LABEL_BYTES, NAME_BYTES};
use core::fmt::{self, Write};

/// The longest: what a metric is, with its name twice.
const BYTES: usize = 2 * (NAME_BYTES + 20) + HELP_BYTES + 2 * LABEL_BYTES;

/// Some lines.
pub(super) struct Text {
    bytes: [u8; BYTES],
    length: usize,
}

impl Text {
    pub(super) const fn new() -> Self {
        Text { bytes: [0; BYTES], length: 0 }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// What a metric is, before its samples.
    pub(super) fn describe(&mut self, name: &str, help: &str, kind: &str) {
        self.length = 0;
        self.put(&["# HELP ", name, " ", help, "\n# TYPE ", name, " ", kind, "\n"]);
    }

    /// A sample, up to its number.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)]) {
        self.length = 0;
        self.put(&[name]);
        for (index, (label, value)) in labels.iter().enumerate() {
            self.put(&[if index == 0 { "{" } else { "," }, label, "=\"", value, "\""]);
        }
        self.put(&[if labels.is_empty() { " " } else { "} " }]);
    }

    /// The number of a sample, in thousandths or not.
    pub(super) fn number(&mut self, (is_negative, value): (bool, u64), is_in_thousandths: bool) {
        self.put(&[if is_negative { "-" } else { "" }]);
        let whole = if is_in_thousandths { value / 1000 } else { value };
        // It fails where there is no room, and there is.
        let _ = write!(self, "{whole}");
        if is_in_thousandths {
            let _ = write!(self, ".{:03}", value % 1000);
        }
        self.put(&["\n"]);
    }

    fn put(&mut self, texts: &[&str]) {
        for text in texts {
            let _ = self.write_str(text);
        }
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    fn text(text: &Text) -> &str {
        core::str::from_utf8(text.as_bytes()).expect("is text")
    }

    #[test]
    fn lines_are_those_of_the_format() {
        let mut line = Text::new();
        line.describe("a_total", "What it is", "counter");
        assert_eq!(text(&line), "# HELP a_total What it is\n# TYPE a_total counter\n");
        line.sample("a_total", &[("net", "lan"), ("reason", "x")]);
        line.number((false, u64::MAX), false);
        assert_eq!(text(&line), "a_total{net=\"lan\",reason=\"x\"} 18446744073709551615\n");
        line.sample("b", &[]);
        line.number((true, 7), false);
        assert_eq!(text(&line), "b -7\n");
        line.sample("seconds", &[]);
        line.number((false, 12_034), true);
        assert_eq!(text(&line), "seconds 12.034\n");
    }

    #[test]
    fn the_longest_fits() {
        let (name, help, label) = ("n".repeat(NAME_BYTES), "h".repeat(HELP_BYTES), "l".repeat(LABEL_BYTES));
        let mut line = Text::new();
        line.describe(&name, &help, "counter");
        assert!(text(&line).ends_with("counter\n"));
        line.sample(&name, &[("net", "lan"), (&label, &label)]);
        line.number((true, 1 << 63), false);
        assert!(text(&line).ends_with("\"} -9223372036854775808\n"));
    }
}
