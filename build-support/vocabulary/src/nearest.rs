//! What was probably meant: the nearest of the known names.

/// Names longer than this are not compared; nobody mistypes one of them by a letter and wonders which was meant.
const MAX_BYTES: usize = 32;

/// Finds the known name that is nearest to `name`, if one is near: about one slip for each three letters.
///
/// A slip is a wrong, missing or extra letter or two neighbours that changed places. Case does not count, nor does `-`
/// for `_`. Of several at the same distance, the first is taken.
///
/// ```
/// use unikernel_vocabulary::nearest;
/// assert_eq!(nearest("prot", ["host", "port"].into_iter()), Some("port"));
/// assert_eq!(nearest("colour", ["host", "port"].into_iter()), None);
/// ```
#[must_use]
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut best = None;
    let mut least = usize::MAX;
    for candidate in known {
        let distance = distance(name.as_bytes(), candidate.as_bytes());
        let letters = candidate.len().max(name.len());
        // As many slips as the name has letters would turn anything into it.
        if distance < least && distance <= (letters / 3).max(1) && distance < letters {
            (best, least) = (Some(candidate), distance);
        }
    }
    best
}

/// The number of slips between two names (optimal string alignment), or `usize::MAX` when one is too long.
fn distance(left: &[u8], right: &[u8]) -> usize {
    if left.len() > MAX_BYTES || right.len() > MAX_BYTES {
        return usize::MAX;
    }
    let fold = |byte: &u8| if *byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    // Three rows of the table: the current one, the one above it, and the one above that.
    let mut row: [usize; MAX_BYTES + 1] = core::array::from_fn(|column| column);
    let mut above = row;
    for (i, a) in left.iter().map(fold).enumerate() {
        let two_above = core::mem::replace(&mut above, row);
        row[0] = i + 1;
        for (j, b) in right.iter().map(fold).enumerate() {
            let changed = above[j] + usize::from(a != b);
            row[j + 1] = changed.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == fold(&right[j - 1]) && b == fold(&left[i - 1]) {
                row[j + 1] = row[j + 1].min(two_above[j - 1] + 1);
            }
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    const KNOWN: [&str; 6] = ["port", "greeting", "console", "clock", "log", "net"];

    fn find(name: &str) -> Option<&'static str> {
        nearest(name, KNOWN.into_iter())
    }

    #[test]
    fn suggests_what_is_near() {
        assert_eq!(find("prot"), Some("port"));
        assert_eq!(find("por"), Some("port"));
        assert_eq!(find("ports"), Some("port"));
        assert_eq!(find("Port"), Some("port"));
        assert_eq!(find("greting"), Some("greeting"));
        assert_eq!(find("consol"), Some("console"));
        assert_eq!(find("clokc"), Some("clock"));
        assert_eq!(find("nett"), Some("net"));
    }

    #[test]
    fn suggests_nothing_far() {
        assert_eq!(nearest("prot", ["from", "name"].into_iter()), None);
        assert_eq!(find("address"), None);
        assert_eq!(find("x"), None);
        assert_eq!(find(""), None);
        assert_eq!(find("a_name_that_is_much_longer_than_any_that_is_known"), None);
    }

    #[test]
    fn counts_slips() {
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"abc", b""), 3);
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance(b"ab", b"ba"), 1);
        assert_eq!(distance(b"rx-buffers", b"RX_buffers"), 0);
    }

    #[test]
    fn takes_the_first_of_equals() {
        assert_eq!(nearest("cat", ["bat", "hat"].into_iter()), Some("bat"));
    }
}
