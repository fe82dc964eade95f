//! Boot arguments: a value for each declared one, from the command line or its default.
//!
//! Linked only into kernels that declare arguments; `command_line` is in all.

use crate::firmware::start_info::StartInfo;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::declare::Argument;
#[cfg(any(feature = "log", feature = "net"))]
use crate::kernel::from_arg::FromArg;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::sync::{Lock, Name, TakeOnce, fill_from};
use core::mem::MaybeUninit;
use unikernel_vocabulary::command_line::{self, Fault, FaultReason, MAX_BYTES, WordMut};
use unikernel_vocabulary::{Argument as Declared, Declaration, nearest};

mod linux;
mod machine;
mod rest;

pub use rest::Rest;

/// The source of values that is a command line for Linux.
const LINUX: &str = "linux";

/// How a report of the command line's own faults begins.
const COMMAND_LINE: &str = "boot command line: ";

/// Whether values come from elsewhere than a command line of our own grammar.
pub(super) const fn has_sources(declaration: &Declaration<'_>) -> bool {
    declaration.has_values_of(LINUX) || machine::is_source(declaration)
}

/// The value of one argument on the command line.
pub type Given = Option<&'static str>;

/// The values of a kernel's arguments on the command line, in the order of declaration.
pub struct Values<T: ?Sized = [Given]>(Lock<T, Arguments>);

/// The name of the lock.
pub(crate) enum Arguments {}

impl Name for Arguments {
    const NAME: &'static str = "args";
}

impl<const N: usize> Values<[Given; N]> {
    /// Nothing given yet.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Values(Lock::new([None; N]))
    }
}

/// Reads the command line into the values of `K`, and what other sources have: `volume` hands over the words of one.
pub(crate) fn read<K: Kernel>(line: &'static [u8], volume: impl Fn(&mut dyn FnMut(u8))) {
    #[unsafe(link_section = ".uninitialised")]
    #[expect(unsafe_code, reason = "a section that is not zeroed")]
    static COPY: TakeOnce<[MaybeUninit<u8>; MAX_BYTES]> = TakeOnce::new();
    K::values().0.with(|values| {
        // Boot calls this once, with a line that fits.
        let copy = COPY.take_fields().map_or(&mut [][..], |copy| fill_from(copy, line.iter().copied()));
        read_into::<K>(copy, values, volume);
    });
}

/// The values borrow from the copy for ever.
fn read_into<K: Kernel>(copy: &'static mut [u8], values: &mut [Given], volume: impl Fn(&mut dyn FnMut(u8))) {
    let mut rest = const { K::DECLARATION.rest.is_some() }.then(rest::Words::new);
    if const { machine::is_source(&K::DECLARATION) } && !StartInfo::get().is_of_image() {
        machine::read::<K>(values, &volume);
    }
    if const { K::DECLARATION.has_values_of(LINUX) } {
        linux::read::<K>(copy, values, &mut rest);
    } else {
        for word in command_line::words_mut(copy) {
            take::<K>(word, values, &mut rest, COMMAND_LINE);
        }
    }
    // The command line of an image was there before the machine.
    if const { machine::is_source(&K::DECLARATION) } && StartInfo::get().is_of_image() {
        machine::read::<K>(values, &volume);
    }
    if let Some(rest) = rest {
        rest.finish();
    }
    // The type of a device's option is optional, also where the annotation wants it given at boot.
    if const { has_required_option(K::DECLARATION.arguments) } {
        let missing = |(argument, value): &(&Declared<'_>, &Given)| is_required_option(argument) && value.is_none();
        if let Some((argument, _)) = K::DECLARATION.arguments.iter().zip(&*values).find(missing) {
            stop_at_missing::<K>(argument);
        }
    }
}

/// Takes one word: as the value of the argument of this name, or as one of the rest.
#[inline(always)]
fn take<K: Kernel>(
    word: Result<WordMut<'static>, Fault>,
    values: &mut [Given],
    rest: &mut Option<rest::Words>,
    source: &'static str,
) {
    let word = word.unwrap_or_else(|fault| stop_at::<K>(source, fault));
    let declared = K::DECLARATION.arguments;
    match declared.iter().position(|argument| argument.name.as_bytes() == word.key) {
        Some(index) => set::<K>(index, word, values, source),
        None if const { K::DECLARATION.has_values_of(LINUX) } && word.key == linux::INTERFACE => {
            linux::set_interface::<K>(word.value, values);
        }
        None if command_line::is_foreign(word.key) => {}
        None => match rest {
            Some(rest) => {
                let not_utf8 = Fault { at: word.at, reason: FaultReason::NotUtf8 };
                rest.add(&word).unwrap_or_else(|| stop_at::<K>(source, not_utf8));
            }
            None if word.key.is_empty() => stop_at::<K>(source, Fault { at: word.at, reason: FaultReason::KeyMissing }),
            None => stop_at_unknown::<K>(word.key),
        },
    }
}

/// Takes the value of the argument at `index`.
#[inline(always)]
fn set<K: Kernel>(index: usize, word: WordMut<'static>, values: &mut [Given], source: &'static str) {
    let Some(value) = word.value else {
        Report::<K>::boot_argument(word.key)
            .text("` has no value; give `")
            .bytes(word.key)
            .text("=...`")
            .stop(Status::ARGUMENT);
    };
    let not_utf8 = Fault { at: word.at, reason: FaultReason::NotUtf8 };
    values[index] = Some(str::from_utf8(value).unwrap_or_else(|_| stop_at::<K>(source, not_utf8)));
}

const fn has_required_option(mut arguments: &[Declared<'_>]) -> bool {
    while let [first, rest @ ..] = arguments {
        if is_required_option(first) {
            return true;
        }
        arguments = rest;
    }
    false
}

/// Whether an argument is a device's option, `DEVICE.OPTION`, and must be given.
const fn is_required_option(argument: &Declared<'_>) -> bool {
    let mut name = argument.name.as_bytes();
    while let [byte, rest @ ..] = name {
        if *byte == b'.' {
            return argument.is_required();
        }
        name = rest;
    }
    false
}

fn stop_at<K: Kernel>(source: &'static str, fault: Fault) -> ! {
    let report = Report::<K>::begin().text(source).text(fault.reason.text());
    report.text(" at byte ").decimal(fault.at as u32).stop(Status::ARGUMENT)
}

fn stop_at_unknown<K: Kernel>(key: &[u8]) -> ! {
    let report = Report::<K>::boot_argument(key).text("` is not declared; ");
    let names = || K::DECLARATION.arguments.iter().map(|argument| argument.name);
    if let Some(name) = str::from_utf8(key).ok().and_then(|key| nearest(key, names())) {
        report.text("did you mean `").text(name).text("`?").stop(Status::ARGUMENT);
    }
    let report = report.text("`unikernel inspect` lists the declared ones, and `args(..rest)` takes any");
    report.stop(Status::ARGUMENT)
}

/// The command line's value of the argument at `index`.
#[inline(never)]
fn given<K: Kernel>(index: usize) -> Given {
    K::values().0.with(|values| *values.get(index)?)
}

#[cold]
#[inline(never)] // one copy for all types
fn stop_at_missing<K: Kernel>(declared: &Declared<'_>) -> ! {
    let report = Report::<K>::boot_argument(declared.name.as_bytes()).text("` is missing; give `").text(declared.name);
    report.text("=...`, ").formatted(format_args!("{}", declared.kind)).stop(Status::ARGUMENT)
}

impl<K: Kernel> Boot<K> {
    /// The value of the argument at `index`: the command line's, else the default. Stops the boot if there is neither, or if it
    /// does not parse.
    pub fn value<T>(&self, argument: &Argument<T>, index: usize) -> T {
        let declared = &argument.declared;
        let given = given::<K>(index);
        let Some(text) = given.or(declared.default) else {
            return (argument.absent)().unwrap_or_else(|| stop_at_missing::<K>(declared));
        };
        (argument.parse)(text).unwrap_or_else(|| {
            let mismatch = (argument.mismatch)(text);
            Report::<K>::boot_argument(declared.name.as_bytes())
                .formatted(format_args!("`: {mismatch}"))
                .stop(Status::ARGUMENT)
        })
    }

    /// The text of the argument at `index`, not checked: the command line's, else the default.
    pub(crate) fn text(&self, index: usize) -> Option<&'static str> {
        given::<K>(index).or(K::DECLARATION.arguments.get(index)?.default)
    }

    /// The same, for devices with options that are settled at boot.
    #[cfg(any(feature = "log", feature = "net"))]
    pub(crate) fn argument<T: FromArg>(&self, index: usize) -> T {
        self.value(&Argument::<T>::new(K::DECLARATION.arguments[index]), index)
    }
}
