//! What a console has said, and when.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The output of a console, for the thread that reads it and those that wait for it.
#[derive(Debug)]
pub(crate) struct Console {
    start: Instant,
    log: Mutex<Log>,
    changed: Condvar,
}

/// The text so far.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// As it came.
    pub(crate) raw: Vec<u8>,
    /// With line feeds for line ends: serial lines say CR LF.
    pub(crate) text: Vec<u8>,
    /// When the text from an offset on came.
    times: Vec<(usize, Duration)>,
    /// Backtraces, by the offset of the text that they belong behind.
    pub(crate) backtraces: Vec<(usize, String)>,
    is_closed: bool,
}

/// Why something was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    /// The time is over.
    TimedOut,
    /// The machine has ended.
    Ended,
}

impl Console {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), log: Mutex::default(), changed: Condvar::new() }
    }

    pub(crate) fn push(&self, bytes: &[u8]) {
        let time = self.elapsed();
        let mut log = self.log();
        let at = log.text.len();
        log.times.push((at, time));
        log.raw.extend_from_slice(bytes);
        for &byte in bytes {
            if byte == b'\n' && log.text.last() == Some(&b'\r') {
                log.text.pop();
            }
            log.text.push(byte);
        }
        self.changed.notify_all();
    }

    pub(crate) fn push_backtrace(&self, text: String) {
        let mut log = self.log();
        let at = log.text.len();
        log.backtraces.push((at, text));
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        self.log().is_closed = true;
        self.changed.notify_all();
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `look` finds something.
    pub(crate) fn wait<T>(&self, timeout: Duration, mut look: impl FnMut(&Log) -> Option<T>) -> Result<T, Missed> {
        let deadline = Instant::now() + timeout;
        let mut log = self.log();
        loop {
            if let Some(found) = look(&log) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if log.is_closed {
                return Err(Missed::Ended);
            } else if left.is_zero() {
                return Err(Missed::TimedOut);
            }
            log = self.changed.wait_timeout(log, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Log {
    /// The text, with what is no UTF-8 replaced.
    pub(crate) fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }

    /// When the byte at an offset came.
    pub(crate) fn time(&self, offset: usize) -> Duration {
        let after = self.times.partition_point(|(at, _)| *at <= offset);
        self.times.get(after.saturating_sub(1)).map(|(_, time)| *time).unwrap_or_default()
    }
}

/// Finds bytes in others, from an offset on.
pub(crate) fn find(text: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    let rest = text.get(from..)?;
    if wanted.is_empty() {
        return Some(from);
    }
    rest.windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_line_feeds_wherever_the_parts_end() {
        let console = Console::new();
        for part in [&b"one\r"[..], b"\ntwo\n", b"three\r\n\r", b"four\r\r\n"] {
            console.push(part);
        }
        assert_eq!(console.log().lossy(), "one\ntwo\nthree\n\rfour\r\n");
        assert_eq!(console.log().raw, b"one\r\ntwo\nthree\r\n\rfour\r\r\n");
    }

    #[test]
    fn text_before_the_end_is_found_after_it() {
        let console = Console::new();
        let wait = |text: &str| console.wait(Duration::ZERO, |log| find(&log.text, 0, text.as_bytes()));
        console.push(b"some");
        assert_eq!((wait("some"), wait("more")), (Ok(0), Err(Missed::TimedOut)));
        console.push(b" more");
        console.close();
        assert_eq!((wait("more"), wait("others")), (Ok(5), Err(Missed::Ended)));
    }

    #[test]
    fn a_byte_has_the_time_of_its_part() {
        let console = Console::new();
        assert_eq!(console.log().time(0), Duration::ZERO);
        console.push(b"one\r");
        std::thread::sleep(Duration::from_millis(2));
        console.push(b"\ntwo");
        let log = console.log();
        assert!(log.time(0) == log.time(2) && log.time(2) < log.time(4), "{log:?}");
        assert_eq!(log.time(4), log.time(100));
    }
}
