//! Finds the bounds of words; on bytes, so that a kernel can do it before it knows that they are UTF-8.

use super::{Fault, FaultReason, unescape_in_place};

/// A word of the command line, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawWord<'a> {
    /// What stands before the `=`; empty where the whole word is in quotes.
    pub key: &'a [u8],
    /// What stands behind it, without quotes, but with its escapes.
    pub value: Option<&'a [u8]>,
    /// Whether the value was in quotes, and may have escapes.
    pub quoted: bool,
    /// The offset of the key.
    pub at: usize,
}

/// Splits a command line, of which nothing is known, into words.
///
/// Iteration ends after the first fault.
#[must_use]
pub const fn raw_words(line: &[u8]) -> RawWords<'_> {
    RawWords { line, at: 0 }
}

/// Iterator over the words of a command line, in bytes.
#[derive(Clone, Debug)]
pub struct RawWords<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Iterator for RawWords<'a> {
    type Item = Result<RawWord<'a>, Fault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let bounds = match next_bounds(self.line, self.at) {
            Ok(bounds) => bounds?,
            Err(fault) => {
                self.at = self.line.len();
                return Some(Err(fault));
            }
        };
        self.at = bounds.end;
        let key = self.line.get(bounds.key..bounds.key_end)?;
        let value =
            if bounds.key_end == bounds.value { None } else { Some(self.line.get(bounds.value..bounds.value_end)?) };
        Some(Ok(RawWord { key, value, quoted: bounds.quoted, at: bounds.key }))
    }
}

/// A word of the command line whose value stands ready to be used.
#[derive(PartialEq, Eq, Debug)]
pub struct WordMut<'a> {
    /// What stands before the `=`; empty where the whole word is in quotes.
    pub key: &'a [u8],
    /// What stands behind it, without quotes and escapes.
    pub value: Option<&'a mut [u8]>,
    /// The offset of the key.
    pub at: usize,
}

/// Splits a command line into words and unescapes the values where they stand.
///
/// What it hands out lives as long as the line itself, so that a kernel can keep texts for ever without copying them.
/// Iteration ends after the first fault.
#[must_use]
pub const fn words_mut(line: &mut [u8]) -> WordsMut<'_> {
    WordsMut { rest: line, at: 0 }
}

/// Iterator over the words of a command line, with values unescaped in place.
#[derive(Debug)]
pub struct WordsMut<'a> {
    pub(super) rest: &'a mut [u8],
    pub(super) at: usize,
}

impl<'a> Iterator for WordsMut<'a> {
    type Item = Result<WordMut<'a>, Fault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let line = core::mem::take(&mut self.rest);
        let bounds = match next_bounds(line, 0) {
            Ok(bounds) => bounds?,
            Err(fault) => return Some(Err(Fault { at: self.at + fault.at, ..fault })),
        };
        let at = self.at + bounds.key;
        let (word, rest) = line.split_at_mut_checked(bounds.end)?;
        self.rest = rest;
        self.at += bounds.end;
        let (key, behind) = word.split_at_mut_checked(bounds.key_end)?;
        let key = key.get(bounds.key..)?;
        let value = if bounds.key_end == bounds.value {
            None
        } else {
            let value = behind.get_mut(bounds.value - bounds.key_end..bounds.value_end - bounds.key_end)?;
            let length = if bounds.quoted { unescape_in_place(value) } else { value.len() };
            Some(value.get_mut(..length)?)
        };
        Some(Ok(WordMut { key, value, at }))
    }
}

/// Where a word lies: `key..key_end`, and `value..value_end`, the same as `key_end` where there is no value.
struct Bounds {
    key: usize,
    key_end: usize,
    value: usize,
    value_end: usize,
    /// The offset behind the word and its closing quote.
    end: usize,
    quoted: bool,
}

/// Finds the next word at or behind `at`.
fn next_bounds(line: &[u8], mut at: usize) -> Result<Option<Bounds>, Fault> {
    let key = loop {
        match line.get(at) {
            None => return Ok(None),
            Some(0..=b' ') => at += 1,
            Some(b'=') => return Err(Fault { at, reason: FaultReason::KeyMissing }),
            Some(_) => break at,
        }
    };
    let key_end = loop {
        match line.get(at) {
            None | Some(0..=b' ') => {
                return Ok(Some(Bounds { key, key_end: at, value: at, value_end: at, end: at, quoted: false }));
            }
            Some(b'=') => break at,
            Some(b'"') if at == key => break at,
            Some(b'"') => return Err(Fault { at, reason: FaultReason::QuoteInside }),
            Some(_) => at += 1,
        }
    };
    // A word in quotes has no key; any other one goes on behind the `=`.
    at += usize::from(key_end != key);
    if line.get(at) == Some(&b'"') {
        let open = at;
        at += 1;
        let value = at;
        loop {
            match line.get(at) {
                None => return Err(Fault { at: open, reason: FaultReason::QuoteOpen }),
                Some(b'"') => break,
                Some(b'\\') => match line.get(at + 1) {
                    Some(b'"' | b'\\') => at += 2,
                    None => return Err(Fault { at: open, reason: FaultReason::QuoteOpen }),
                    Some(_) => return Err(Fault { at, reason: FaultReason::Escape }),
                },
                Some(_) => at += 1,
            }
        }
        let end = at + 1;
        return match line.get(end) {
            None | Some(0..=b' ') => Ok(Some(Bounds { key, key_end, value, value_end: at, end, quoted: true })),
            Some(_) => Err(Fault { at: end, reason: FaultReason::QuoteFollowed }),
        };
    }
    let value = at;
    loop {
        match line.get(at) {
            None | Some(0..=b' ') => {
                return Ok(Some(Bounds { key, key_end, value, value_end: at, end: at, quoted: false }));
            }
            Some(b'"') => return Err(Fault { at, reason: FaultReason::QuoteInside }),
            Some(_) => at += 1,
        }
    }
}
