//! The sink of the `log` crate: one line on the console for each record.
//!
//! ```text
//! WARN application::module: the disk is nearly full
//! ```

mod json;

pub use json::{Timed, Timeless, attach_json};

use crate::kernel::Boot;
use crate::kernel::declare::{self, option_position};
use crate::kernel::from_arg::FromArg;
use crate::kernel::{Console, Kernel};
use core::fmt::{self, Write};
use core::marker::PhantomData;
use log::{LevelFilter, Log, Metadata, Record};
use unikernel_vocabulary::Kind;

/// The declaration of a `log`.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The position of the first of its boot arguments.
    pub first_argument: usize,
}

/// Writes records of the declared level and above to the console of `K`.
pub fn attach<K: Kernel>(boot: &Boot<K>, options: Options) {
    set_level(boot, options);
    // It fails if a logger is already set, and no code that could set one runs before `main`.
    let _ = log::set_logger(&Sink::<K>(PhantomData));
}

#[inline(always)] // as if it stood where it is called
fn set_level<K: Kernel>(boot: &Boot<K>, options: Options) {
    let Level(level) = boot.argument(options.first_argument + const { option_position("log", "level") });
    log::set_max_level(level);
}

struct Level(LevelFilter);

impl FromArg for Level {
    const KIND: Kind<'static> = declare::boot_option("log", "level", "").kind;

    fn parse(text: &'static str) -> Option<Self> {
        text.parse().ok().map(Level)
    }
}

struct Sink<K>(PhantomData<fn() -> K>);

impl<K: Kernel> Log for Sink<K> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            // The console never fails. A `Display` of the application that fails only truncates its own message.
            let _ = write!(Line::<K>(PhantomData), "{} {}: {}", record.level(), record.target(), record.args());
            K::Console::write(b"\n");
        }
    }

    fn flush(&self) {}
}

/// A line on the console: line breaks in a message are escaped as `\n` and `\r`.
struct Line<K>(PhantomData<K>);

impl<K: Kernel> Write for Line<K> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(['\n', '\r']) {
            let (text, escape) = match part.as_bytes() {
                [text @ .., b'\n'] => (text, "\\n"),
                [text @ .., b'\r'] => (text, "\\r"),
                text => (text, ""),
            };
            K::Console::write(text);
            K::Console::write(escape.as_bytes());
        }
        Ok(())
    }
}
