//! Texts, and one of several words.

use super::Reason;

/// Checks a text: at most `max_bytes` bytes, and no NUL.
///
/// # Errors
/// [`Reason::TooLong`] or [`Reason::Nul`].
pub const fn text(text: &str, max_bytes: u16) -> Result<&str, Reason> {
    if text.len() > max_bytes as usize {
        return Err(Reason::TooLong);
    }
    let mut bytes = text.as_bytes();
    while let [byte, rest @ ..] = bytes {
        if *byte == 0 {
            return Err(Reason::Nul);
        }
        bytes = rest;
    }
    Ok(text)
}

/// Finds a word among those in `words`, which are separated by `|`, and gives its index.
///
/// # Errors
/// [`Reason::Malformed`] when it is none of them.
pub const fn word(text: &str, words: &str) -> Result<usize, Reason> {
    let mut words = words.as_bytes();
    let mut index = 0;
    loop {
        let mut word = text.as_bytes();
        let mut same = true;
        loop {
            match words {
                [] | [b'|', ..] => break,
                [byte, rest @ ..] => {
                    match word {
                        [wanted, others @ ..] if *wanted == *byte => word = others,
                        _ => same = false,
                    }
                    words = rest;
                }
            }
        }
        if same && word.is_empty() {
            return Ok(index);
        }
        match words {
            [_, rest @ ..] => words = rest,
            [] => return Err(Reason::Malformed),
        }
        index += 1;
    }
}
