//! The boot command line: `key=value` words, separated by spaces.
//!
//! ```text
//! port=8080 greeting="hello \"you\"" net.ip=192.168.1.20/24 "a word"
//! ```
//!
//! Bytes up to and including the space separate words; in quotes, which begin a value or do not occur in it, they are
//! part of the value, and `\"` and `\\` stand for `"` and `\`. There is nothing else to it: no variables, no other
//! escapes. A word without `=` has no value. A word that is in quotes as a whole has no key: it belongs to the
//! [rest](rest_of) of an application that takes one, whatever is in it.
//!
//! The tool writes with [`write_word`] and [`write_rest`]. A kernel with arguments takes its values from [`words_mut`], which
//! unescapes them where they stand; a kernel without any only looks for a [`stranger`].

use core::fmt;

mod foreign;
pub mod linux;
mod rest;
mod split;

pub use self::{
    foreign::{FOREIGN, is_foreign, stranger},
    rest::{rest_of, write_rest},
    split::{RawWord, RawWords, WordMut, WordsMut, raw_words, words_mut},
};

/// The length of the longest command line: twice what x86 boot loaders have agreed on, for the environment of a container.
pub const MAX_BYTES: usize = 4095;

/// What is wrong with a command line, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The offset of the byte at fault.
    pub at: usize,
    /// What is wrong with it.
    pub reason: FaultReason,
}

/// What is wrong with a command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultReason {
    /// A word begins with `=`, or is in quotes where nothing takes it.
    KeyMissing,
    /// A value has a `"` in its middle.
    QuoteInside,
    /// A value goes on behind its closing `"`.
    QuoteFollowed,
    /// A value's closing `"` is missing.
    QuoteOpen,
    /// A `\` in quotes is followed by something else than `"` or `\`.
    Escape,
    /// The bytes are not UTF-8.
    NotUtf8,
}

impl FaultReason {
    /// Says what is wrong.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::KeyMissing => "a word without a key",
            Self::QuoteInside => "a `\"` inside of a value: write `key=\"...\"`, and `\\\"` for the quote itself",
            Self::QuoteFollowed => "a value that goes on behind its closing `\"`",
            Self::QuoteOpen => "a value whose closing `\"` is missing",
            Self::Escape => "a `\\` in quotes that is not followed by `\"` or `\\`",
            Self::NotUtf8 => "bytes that are not UTF-8",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason.text(), self.at)
    }
}

impl core::error::Error for Fault {}

/// A word of the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word<'a> {
    /// What stands before the `=`; empty where the whole word is in quotes.
    pub key: &'a str,
    /// What stands behind it, without quotes, but with its escapes.
    pub value: Option<&'a str>,
    /// Whether the value was in quotes, and may have escapes.
    pub quoted: bool,
    /// The offset of the key.
    pub at: usize,
}

/// Splits a command line into words.
///
/// Iteration ends after the first fault, for what follows is guesswork.
#[must_use]
pub const fn words(line: &str) -> Words<'_> {
    Words(raw_words(line.as_bytes()))
}

/// Iterator over the words of a command line.
#[derive(Clone, Debug)]
pub struct Words<'a>(RawWords<'a>);

impl<'a> Iterator for Words<'a> {
    type Item = Result<Word<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.and_then(|word| {
            // Words end at ASCII bytes, so that each is UTF-8 when the line is.
            let text =
                |bytes| core::str::from_utf8(bytes).map_err(|_| Fault { at: word.at, reason: FaultReason::NotUtf8 });
            let value = word.value.map(text).transpose()?;
            Ok(Word { key: text(word.key)?, value, quoted: word.quoted, at: word.at })
        }))
    }
}

impl Word<'_> {
    /// Writes the word as it reaches the rest of an application's words: without quotes and escapes.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_plain(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(self.key)?;
        let Some(value) = self.value else { return Ok(()) };
        if !self.key.is_empty() {
            out.write_str("=")?;
        }
        let mut is_escaped = false;
        for letter in value.chars() {
            is_escaped = self.quoted && letter == '\\' && !is_escaped;
            if !is_escaped {
                out.write_char(letter)?;
            }
        }
        Ok(())
    }
}

/// Removes the escapes from a quoted value, in place, and returns its new length.
#[must_use]
pub fn unescape_in_place(value: &mut [u8]) -> usize {
    let (mut read, mut written) = (0, 0);
    while let Some(&byte) = value.get(read) {
        read += 1;
        let byte = match (byte, value.get(read)) {
            (b'\\', Some(&escaped)) => {
                read += 1;
                escaped
            }
            _ => byte,
        };
        if let Some(place) = value.get_mut(written) {
            *place = byte;
        }
        written += 1;
    }
    written
}

/// Writes `key=value`, in quotes where the value needs them.
///
/// # Errors
/// Those of `out`.
pub fn write_word(out: &mut dyn fmt::Write, key: &str, value: &str) -> fmt::Result {
    out.write_str(key)?;
    out.write_str("=")?;
    if !value.is_empty() && value.bytes().all(|byte| byte > b' ' && byte != b'"') {
        return out.write_str(value);
    }
    write_quoted(out, value)
}

/// Writes a text in quotes.
fn write_quoted(out: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    out.write_str("\"")?;
    for part in text.split_inclusive(['"', '\\']) {
        match part.as_bytes() {
            [.., b'"'] => write_escaped(out, part, "\\\"")?,
            [.., b'\\'] => write_escaped(out, part, "\\\\")?,
            _ => out.write_str(part)?,
        }
    }
    out.write_str("\"")
}

/// Writes a part without its last byte, which is ASCII, and what stands for that byte.
fn write_escaped(out: &mut dyn fmt::Write, part: &str, escape: &str) -> fmt::Result {
    out.write_str(part.strip_suffix(['"', '\\']).unwrap_or(part))?;
    out.write_str(escape)
}

#[cfg(test)]
mod tests;
