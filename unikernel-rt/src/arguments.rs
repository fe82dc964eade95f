//! Boot arguments: one pass over the command line, then a value for each declared argument.

use crate::arch::statics::Static;
use crate::from_arg::FromArg;
use crate::kernel::Kernel;
use crate::report::stop;
use crate::start::Boot;
use crate::status::Status;
use core::fmt;
use core::mem::MaybeUninit;
use unikernel_vocabulary::command_line::{self, MAX_BYTES};
use unikernel_vocabulary::{Argument, Mismatch, Reason, nearest};

/// What the command line gave to one argument.
type Given = Option<&'static str>;

/// The values that were given to the `N` arguments of a kernel, in the order of its declaration.
pub struct Values<const N: usize>(Static<[Given; N]>);

impl<const N: usize> Values<N> {
    /// Nothing given yet.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Values(Static::new([None; N]))
    }

    /// The values, for the pass over the command line and for nobody else.
    pub const fn slots(&'static self) -> *mut [Given] {
        self.0.get()
    }
}

/// What is wrong with the command line.
enum Fault<'a> {
    TooLong,
    Line(command_line::Fault),
    Unknown { key: &'a [u8], declared: &'static [Argument<'static>] },
    NoValue { key: &'a [u8] },
}

/// Reads the command line into the values of `K`; a kernel without arguments only looks for words that nobody declared.
pub(crate) fn read<K: Kernel>(line: &'static [u8]) {
    let declared = K::DECLARATION.arguments;
    let result = if line.len() > MAX_BYTES {
        Err(Fault::TooLong)
    } else if declared.is_empty() {
        check_foreign(line)
    } else {
        read_declared::<K>(line)
    };
    if let Err(fault) = result {
        stop::<K>(Status::ARGUMENT, format_args!("{fault}"));
    }
}

fn check_foreign(line: &[u8]) -> Result<(), Fault<'_>> {
    for word in command_line::raw_words(line) {
        let key = word.map_err(Fault::Line)?.key;
        if !command_line::is_foreign(key) {
            return Err(Fault::Unknown { key, declared: &[] });
        }
    }
    Ok(())
}

fn read_declared<K: Kernel>(line: &'static [u8]) -> Result<(), Fault<'static>> {
    #[unsafe(link_section = ".uninitialised")]
    static COPY: Static<MaybeUninit<[u8; MAX_BYTES]>> = Static::new(MaybeUninit::uninit());
    let declared = K::DECLARATION.arguments;
    // SAFETY: boot comes here once. The values that are handed out borrow from the copy for ever, and nobody else has it;
    // as many bytes are used as were written, and `line` was found not to be longer than it.
    let (copy, values) = unsafe {
        let copy = COPY.get().cast::<u8>();
        copy.copy_from_nonoverlapping(line.as_ptr(), line.len());
        (core::slice::from_raw_parts_mut(copy, line.len()), &mut *K::values())
    };
    for word in command_line::words_mut(copy) {
        let word = word.map_err(Fault::Line)?;
        match declared.iter().position(|argument| argument.name.as_bytes() == word.key) {
            Some(index) => {
                let value: &'static [u8] = word.value.ok_or(Fault::NoValue { key: word.key })?;
                let not_utf8 = command_line::Fault { at: word.at, reason: command_line::FaultReason::NotUtf8 };
                values[index] = Some(str::from_utf8(value).map_err(|_| Fault::Line(not_utf8))?);
            }
            None if command_line::is_foreign(word.key) => {}
            None => return Err(Fault::Unknown { key: word.key, declared }),
        }
    }
    Ok(())
}

impl<K: Kernel> Boot<K> {
    /// The value of argument `index`: the command line's, else the default; stops the boot where there is neither, or where it
    /// does not parse.
    pub fn argument<T: FromArg>(&self, index: usize) -> T {
        let argument = &K::DECLARATION.arguments[index];
        // SAFETY: the pass over the command line is over, and nobody writes the values any more.
        let given = unsafe { &*K::values() }[index];
        let Some(text) = given.or(argument.default) else {
            return T::absent().unwrap_or_else(|| {
                stop::<K>(
                    Status::ARGUMENT,
                    format_args!("boot argument `{0}` is missing; give `{0}=...`, {1}", argument.name, T::KIND),
                )
            });
        };
        T::parse(text).unwrap_or_else(|| {
            let mismatch = Mismatch { kind: T::KIND, text, reason: Reason::Malformed };
            stop::<K>(Status::ARGUMENT, format_args!("boot argument `{}`: {mismatch}", argument.name))
        })
    }
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::TooLong => write!(formatter, "the boot command line has more than {MAX_BYTES} bytes"),
            Fault::Line(fault) => write!(formatter, "boot command line: {fault}"),
            Fault::NoValue { key } => write!(formatter, "boot argument `{0}` has no value; give `{0}=...`", text(key)),
            Fault::Unknown { key, declared: [] } => {
                write!(formatter, "boot argument `{}` is not declared; this kernel takes none", text(key))
            }
            Fault::Unknown { key, declared } => {
                let names = || declared.iter().map(|argument| argument.name);
                write!(formatter, "boot argument `{}` is not declared; ", text(key))?;
                if let Some(name) = nearest(text(key), names()) {
                    return write!(formatter, "did you mean `{name}`?");
                }
                formatter.write_str("declared are")?;
                for (index, name) in names().enumerate() {
                    write!(formatter, "{} `{name}`", if index == 0 { "" } else { "," })?;
                }
                Ok(())
            }
        }
    }
}

/// A key for a message.
fn text(key: &[u8]) -> &str {
    str::from_utf8(key).unwrap_or("?")
}
