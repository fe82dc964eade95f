//! Byte ranges (RFC 9110, section 14): one range; a request for several is answered with the whole file.

/// A `Range` field applied to a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Range {
    /// The whole file: there is no range, or none that is supported.
    Whole,
    /// From the first to before the second offset.
    Part(usize, usize),
    /// The range is outside of the file.
    Beyond,
}

/// Reads `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT` for a file of `size_bytes`.
#[must_use]
pub fn range(value: &[u8], size_bytes: usize) -> Range {
    parse(value, size_bytes).unwrap_or(Range::Whole)
}

fn parse(value: &[u8], size_bytes: usize) -> Option<Range> {
    let (unit, ends) = value.split_at_checked(6)?;
    if !unit.eq_ignore_ascii_case(b"bytes=") {
        return None;
    }
    let ends = ends.trim_ascii();
    let dash = ends.iter().position(|byte| *byte == b'-')?;
    let (first, last) = (ends.get(..dash)?, ends.get(dash + 1..)?);
    let part = match (first.is_empty(), last.is_empty()) {
        (true, _) => (size_bytes.saturating_sub(number(last)?), size_bytes),
        (false, true) => (number(first)?, size_bytes),
        (false, false) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            (first, last.saturating_add(1).min(size_bytes))
        }
    };
    Some(if part.0 < part.1 { Range::Part(part.0, part.1) } else { Range::Beyond })
}

/// A number of digits only; on overflow, a value larger than every file.
pub(crate) fn number(digits: &[u8]) -> Option<usize> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| {
        digits.iter().fold(0_usize, |number, digit| number.saturating_mul(10).saturating_add(usize::from(digit - b'0')))
    })
}

#[cfg(test)]
mod tests {
    use super::{Range, range};

    #[test]
    fn a_part_is_cut_to_the_file() {
        for (value, expected) in [
            ("bytes=0-9", Range::Part(0, 10)),
            ("Bytes=5-5", Range::Part(5, 6)),
            ("bytes=90-", Range::Part(90, 100)),
            ("bytes=90-1000", Range::Part(90, 100)),
            ("bytes=90-99999999999999999999999", Range::Part(90, 100)),
            ("bytes=-1", Range::Part(99, 100)),
            ("bytes=-1000", Range::Part(0, 100)),
            ("bytes=100-", Range::Beyond),
            ("bytes=99999999999999999999999-", Range::Beyond),
            ("bytes=100-200", Range::Beyond),
            ("bytes=-0", Range::Beyond),
        ] {
            assert_eq!(range(value.as_bytes(), 100), expected, "{value}");
        }
        assert_eq!(range(b"bytes=0-", 0), Range::Beyond);
    }

    #[test]
    fn what_is_not_understood_asks_for_the_whole() {
        for value in
            ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-5", "bytes=0-1,5-6", "lines=0-1", "bytes=+1-2"]
        {
            assert_eq!(range(value.as_bytes(), 100), Range::Whole, "{value}");
        }
    }
}
