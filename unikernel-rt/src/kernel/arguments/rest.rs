//! `args(..rest)`: the words of the command line that nothing else takes.
//!
//! Linked only into kernels that declare it.

use crate::kernel::{Boot, Kernel};
use crate::sync::{TakeOnce, lock};
use core::iter::FusedIterator;
use core::str::SplitTerminator;
use unikernel_vocabulary::command_line::{MAX_BYTES, WordMut};

/// What ends each word: no command line has it, so that no word has.
const END: char = '\0';

/// The words of the boot command line that are not declared, in their order: the parameter of `args(..rest)`.
///
/// Words that hypervisors and people add by habit, such as `console=ttyS0`, are left out, unless they are in quotes: `"quiet"`.
/// Quotes are removed: `key="a b"` is the one word `key=a b`, and so is `"key=a b"`.
///
/// ```
/// use unikernel_rt::Rest;
///
/// fn sum(rest: Rest) -> u32 {
///     rest.filter_map(|word| word.parse::<u32>().ok()).sum()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Rest(SplitTerminator<'static, char>);

impl Rest {
    fn new(words: &'static str) -> Self {
        Rest(words.split_terminator(END))
    }
}

impl Rest {
    /// The words, each with its end, a zero byte.
    #[cfg(all(feature = "std", any(unikernel, test)))]
    pub(crate) fn text(self) -> &'static str {
        WORDS.with(|text| *text)
    }
}

impl Iterator for Rest {
    type Item = &'static str;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl DoubleEndedIterator for Rest {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl FusedIterator for Rest {}

lock! {
    /// The words, each with its end.
    static WORDS: &'static str = "";
}

/// Room for a whole command line, where each word has its end.
const ROOM: usize = MAX_BYTES + 1;

/// Collects the words, in memory that lasts for ever.
pub(super) struct Words {
    memory: &'static mut [u8],
    length: usize,
}

impl Words {
    /// Memory for the words; boot calls this once.
    pub(super) fn new() -> Self {
        #[unsafe(link_section = ".uninitialised")]
        #[expect(unsafe_code, reason = "a section that is not zeroed")]
        static MEMORY: TakeOnce<[u8; ROOM]> = TakeOnce::new();
        let memory = MEMORY.take().map_or(&mut [][..], |memory| memory.write([0; ROOM]));
        Words { memory, length: 0 }
    }

    /// Adds a word; `None` if it is not UTF-8.
    pub(super) fn add(&mut self, word: &WordMut<'_>) -> Option<()> {
        let key = str::from_utf8(word.key).ok()?;
        self.push(key);
        if let Some(value) = &word.value {
            // A word without a key is in quotes as a whole.
            if !key.is_empty() {
                self.push("=");
            }
            self.push(str::from_utf8(value).ok()?);
        }
        self.push("\0");
        Some(())
    }

    fn push(&mut self, text: &str) {
        let places = self.memory.iter_mut().skip(self.length);
        for (place, byte) in places.zip(text.bytes()) {
            *place = byte;
            self.length += 1;
        }
    }

    /// Leaves the words for [`Boot::rest`].
    pub(super) fn finish(self) {
        let words: &'static [u8] = self.memory;
        WORDS.with(|text| *text = str::from_utf8(words.split_at(self.length).0).unwrap_or_default());
    }
}

impl<K: Kernel> Boot<K> {
    /// The words that nothing else takes.
    pub fn rest(&self) -> Rest {
        Rest::new(WORDS.with(|text| *text))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Rest, WORDS, Words};
    use std::vec::Vec;
    use unikernel_vocabulary::command_line::words_mut;

    #[test]
    fn words_are_handed_over_in_order_and_without_quotes() {
        let mut line = *br#"a b=c d="e f" "" "quiet" "x \"y\" =z" last="#;
        let mut words = Words::new();
        for word in words_mut(&mut line) {
            words.add(&word.expect("no fault")).expect("UTF-8");
        }
        assert_eq!(words.add(&words_mut(&mut b"\xff".to_vec()).next().expect("a word").expect("no fault")), None);
        words.finish();
        let mut rest = Rest::new(WORDS.with(|text| *text));
        let all: Vec<_> = rest.clone().collect();
        assert_eq!(all, ["a", "b=c", "d=e f", "", "quiet", "x \"y\" =z", "last="]);
        assert_eq!(rest.next_back(), Some("last="));
        assert_eq!(Rest::new("").next(), None);
    }
}
