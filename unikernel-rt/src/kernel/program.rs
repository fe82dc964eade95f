//! The arguments of a program of `std`: handed over from boot to `main` in an image, read from the program's words on a host.

use super::declare::Argument;
use crate::sync::{Lock, Name};
use core::fmt;
use unikernel_vocabulary::contract::status;

/// The exit status where an argument is missing or wrong, as that of an image is.
pub const ARGUMENT_STATUS: i32 = status::ARGUMENT as i32;

/// Parses a size, as written in `tmp(size = "16MiB")`, into bytes.
///
/// # Panics
/// Panics at compile time if it is not a size; the attribute has checked it.
pub const fn bytes(size: &str) -> u64 {
    match unikernel_vocabulary::value::size(size) {
        Ok(bytes) => bytes,
        Err(_) => panic!("not a size"),
    }
}

/// The way of one argument from boot to `main`.
pub struct Value<T>(Lock<Option<T>, ValueName>);

/// The name of the lock.
enum ValueName {}

impl Name for ValueName {
    const NAME: &'static str = "args";
}

impl<T> Value<T> {
    /// No value yet.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Value(Lock::new(None))
    }

    /// Leaves the value; boot does, before `main`.
    pub fn put(&self, value: T) {
        self.0.with(|place| *place = Some(value));
    }

    /// Takes the value, for the one call of `main`.
    ///
    /// # Panics
    /// Panics where boot has left none, or it was taken.
    pub fn take(&self) -> T {
        self.0.with(Option::take).expect("`main` is called once, by boot")
    }
}

/// What is wrong with the words of a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    word: &'static str,
    problem: Problem,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Problem {
    Undeclared,
    Missing,
    Mismatch(unikernel_vocabulary::Mismatch<'static>),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word;
        match self.problem {
            Problem::Undeclared => write!(f, "argument `{word}` is not declared; `args(..rest)` takes any"),
            Problem::Missing => write!(f, "argument `{word}` is missing; give `{word}=...`"),
            Problem::Mismatch(mismatch) => write!(f, "argument `{word}`: {mismatch}"),
        }
    }
}

/// Looks for words that are none of the declared arguments, which an image refuses.
///
/// # Errors
/// The first such word.
pub fn check_words(declared: &[&str], words: &[&'static str]) -> Result<(), Fault> {
    let key = |word: &'static str| word.split_once('=').map_or(word, |(key, _)| key);
    match words.iter().find(|word| !declared.contains(&key(word))) {
        Some(word) => Err(Fault { word: key(word), problem: Problem::Undeclared }),
        None => Ok(()),
    }
}

/// The value of an argument on a host: that of the last word for it, else its default.
///
/// # Errors
/// There is neither, or the value does not parse.
pub fn host_value<T>(argument: &Argument<T>, words: &[&'static str]) -> Result<T, Fault> {
    let name = argument.declared.name;
    let given = words.iter().rev().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let fault = |problem| Fault { word: name, problem };
    match given.or(argument.declared.default) {
        Some(text) => (argument.parse)(text).ok_or_else(|| fault(Problem::Mismatch((argument.mismatch)(text)))),
        None => (argument.absent)().ok_or_else(|| fault(Problem::Missing)),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{check_words, host_value};
    use crate::kernel::declare::{argument, argument_or};
    use std::string::ToString;

    #[test]
    fn words_are_read_as_the_command_line_of_an_image_is() {
        let port = argument_or::<u16>("port", "80");
        let name = argument::<&str>("name");
        assert_eq!(host_value(&port, &["port=81", "port=82"]), Ok(82));
        assert_eq!(host_value(&port, &["name=x", "portal=9"]), Ok(80));
        assert_eq!(host_value(&name, &["name=a=b"]), Ok("a=b"));
        assert_eq!(host_value(&argument::<Option<u16>>("port"), &[]), Ok(None));
        let fault = host_value(&name, &[]).expect_err("missing").to_string();
        assert_eq!(fault, "argument `name` is missing; give `name=...`");
        let fault = host_value(&port, &["port=x"]).expect_err("no number").to_string();
        assert!(fault.starts_with("argument `port`: `x`"), "{fault}");
    }

    #[test]
    fn a_word_that_nobody_declared_is_a_fault() {
        assert_eq!(check_words(&["port"], &["port=1"]), Ok(()));
        let fault = check_words(&["port"], &["port=1", "prot=2"]).expect_err("undeclared").to_string();
        assert_eq!(fault, "argument `prot` is not declared; `args(..rest)` takes any");
    }
}
