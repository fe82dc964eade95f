//! Records as JSON: one object a line (RFC 8259), for those who collect logs.
//!
//! ```text
//! {"time":"2026-11-30T06:30:00.250017Z","uptime":1.250017,"level":"WARN","target":"application::module","message":"nearly full"}
//! ```

use super::Options;
use crate::kernel::calendar::date_since_1970;
use crate::kernel::{Boot, Console, Kernel};
use crate::time::{self, TICKS_PER_SECOND};
use core::fmt::{self, Write};
use core::marker::PhantomData;
use log::{Log, Metadata, Record};

/// Writes records of the declared level and above to the console of `K`, as JSON. `T` says when they were made, where a clock is declared.
pub fn attach_json<K: Kernel, T: Stamp>(boot: &Boot<K>, options: Options) {
    super::set_level(boot, options);
    // It fails if a logger is already set, and no code that could set one runs before `main`.
    let _ = log::set_logger(&Sink::<K, T>(PhantomData));
}

/// When a record was made.
#[expect(private_interfaces, reason = "it is implemented here alone")]
pub trait Stamp: 'static {
    /// Writes the members that say so.
    fn write<K: Kernel>(line: &mut Line<K>) -> fmt::Result;
}

/// It is not said.
#[derive(Debug)]
pub struct Timeless;

/// By the declared clock: the time since boot, and the time of day where the machine knows it.
#[derive(Debug)]
pub struct Timed;

#[expect(private_interfaces, reason = "see the trait")]
impl Stamp for Timeless {
    fn write<K: Kernel>(_: &mut Line<K>) -> fmt::Result {
        Ok(())
    }
}

#[expect(private_interfaces, reason = "see the trait")]
impl Stamp for Timed {
    fn write<K: Kernel>(line: &mut Line<K>) -> fmt::Result {
        if let Some(wall) = time::wall_ns() {
            line.put("\"time\":\"");
            write_date(&mut line.plain(), wall / TICKS_PER_SECOND)?;
            write!(line.plain(), ".{:06}Z\",", wall % TICKS_PER_SECOND / 1000)?;
        }
        let uptime = time::now_ticks();
        write!(line.plain(), "\"uptime\":{}.{:06},", uptime / TICKS_PER_SECOND, uptime % TICKS_PER_SECOND / 1000)
    }
}

struct Sink<K, T>(PhantomData<fn() -> (K, T)>);

impl<K: Kernel, T: Stamp> Log for Sink<K, T> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut line = Line::<K>(PhantomData);
        line.put("{");
        // The console never fails. A `Display` of the application that fails only truncates its own message.
        let _ = T::write(&mut line);
        line.put("\"level\":\"");
        line.put(record.level().as_str());
        line.put("\",\"target\":\"");
        let _ = Escaped(&mut line).write_str(record.target());
        line.put("\",\"message\":\"");
        let _ = Escaped(&mut line).write_fmt(*record.args());
        line.put("\"}\n");
    }

    fn flush(&self) {}
}

/// A line on the console.
struct Line<K>(PhantomData<fn() -> K>);

impl<K: Kernel> Line<K> {
    fn put(&mut self, text: &str) {
        K::Console::write(text.as_bytes());
    }

    fn plain(&mut self) -> impl Write + '_ {
        Plain(self)
    }
}

trait Put {
    fn put(&mut self, text: &str);
}

impl<K: Kernel> Put for Line<K> {
    fn put(&mut self, text: &str) {
        Line::put(self, text);
    }
}

/// Text as it is.
struct Plain<'a, P>(&'a mut P);

impl<P: Put> Write for Plain<'_, P> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.put(text);
        Ok(())
    }
}

/// The inside of a string of JSON (RFC 8259, section 7). Text is UTF-8 already.
struct Escaped<'a, P>(&'a mut P);

impl<P: Put> Write for Escaped<'_, P> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_special = |letter: char| matches!(letter, '"' | '\\' | '\0'..='\x1f');
        for part in text.split_inclusive(is_special) {
            let (plain, special) = match part.char_indices().next_back() {
                Some((at, letter)) if is_special(letter) => (part.get(..at).unwrap_or_default(), Some(letter)),
                _ => (part, None),
            };
            self.0.put(plain);
            match special {
                None => {}
                Some('"') => self.0.put("\\\""),
                Some('\\') => self.0.put("\\\\"),
                Some('\n') => self.0.put("\\n"),
                Some('\r') => self.0.put("\\r"),
                Some('\t') => self.0.put("\\t"),
                Some(control) => write!(Plain(self.0), "\\u{:04x}", u32::from(control))?,
            }
        }
        Ok(())
    }
}

/// Writes the date and the time of day of a second since 1970 (RFC 3339, section 5.6), without fraction and zone.
fn write_date(to: &mut impl Write, second: u64) -> fmt::Result {
    let (day, second) = (second / 86_400, second % 86_400);
    let (year, month, day) = date_since_1970(day);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    write!(to, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::String;

    impl Put for String {
        fn put(&mut self, text: &str) {
            self.push_str(text);
        }
    }

    fn escaped(text: &str) -> String {
        let mut written = String::new();
        Escaped(&mut written).write_str(text).expect("it does not fail");
        written
    }

    #[test]
    fn what_json_forbids_is_escaped() {
        assert_eq!(escaped("plain äöü 🦀 \u{7f}"), "plain äöü 🦀 \u{7f}");
        assert_eq!(escaped("a\"b\\c\nd\r\te"), "a\\\"b\\\\c\\nd\\r\\te");
        assert_eq!(escaped("\0\x1b[0m\x1f"), "\\u0000\\u001b[0m\\u001f");
        assert_eq!(escaped(""), "");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (second, expected) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (1_709_251_199, "2024-02-29T23:59:59"),
            (1_735_689_599, "2024-12-31T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
        ] {
            let mut written = String::new();
            write_date(&mut written, second).expect("it does not fail");
            assert_eq!(written, expected);
        }
    }
}
