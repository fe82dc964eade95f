//! The rest of a command line: the words that no argument takes, for an application that declares `args(..rest)`.
//!
//! Foreign words are not among them, unless they are in quotes as a whole: `"quiet"`.

use core::fmt;

use super::{Word, is_foreign, words, write_quoted};

/// The words of a command line that are neither one of these arguments nor foreign, in their order and as they stand there.
pub fn rest_of<'l, 'a, A>(line: &'l str, arguments: A) -> impl Iterator<Item = Word<'l>>
where
    A: Iterator<Item = &'a str> + Clone,
{
    words(line).flatten().filter(move |word| {
        word.key.is_empty() || !(arguments.clone().any(|argument| argument == word.key) || is_foreign(word.key))
    })
}

/// Writes a word so that it reaches the rest as it is given: in quotes, where it would be something else without.
///
/// # Errors
/// Those of `out`.
pub fn write_rest<'a>(
    out: &mut dyn fmt::Write,
    word: &str,
    mut arguments: impl Iterator<Item = &'a str>,
) -> fmt::Result {
    let key = word.split('=').next().unwrap_or_default();
    let is_plain = !key.is_empty() && word.bytes().all(|byte| byte > b' ' && byte != b'"');
    if is_plain && !is_foreign(key) && arguments.all(|argument| argument != key) {
        return out.write_str(word);
    }
    write_quoted(out, word)
}
