//! All that is known of a machine, for messages.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::console::Console;
use crate::ending::Ended;

/// The lines of the console that a message shows.
const SHOWN_LINES: usize = 100;

/// What a machine was, said and ended with.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) console: Console,
    pub(crate) facts: Mutex<Facts>,
    /// A failure has been reported with all of this.
    is_told: AtomicBool,
}

/// What is known later than at the start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) command: String,
    /// QEMU's own messages.
    pub(crate) messages: String,
    pub(crate) ended: Option<Ended>,
}

impl Record {
    pub(crate) fn new(name: String) -> Self {
        Self { name, console: Console::new(), facts: Mutex::default(), is_told: AtomicBool::new(false) }
    }

    pub(crate) fn facts(&self) -> Facts {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Fails the test with all that is known.
    #[track_caller]
    pub(crate) fn fail(&self, what: &str) -> ! {
        self.is_told.store(true, Ordering::Relaxed);
        panic!("{what}\n{}", self.transcript())
    }

    /// Prints all that is known when the test fails for a reason of its own.
    pub(crate) fn tell_if_panicking(&self) {
        if thread::panicking() && !self.is_told.swap(true, Ordering::Relaxed) {
            eprintln!("the machine of this test:\n{}", self.transcript());
        }
    }

    /// The last lines of the console with their times, how the machine ended, and its command line.
    pub(crate) fn transcript(&self) -> String {
        let facts = self.facts();
        let mut text = self.console_lines();
        match &facts.ended {
            Some(ended) => {
                let _ = write!(text, "ended after {} with status {}", seconds(ended.after), ended.status);
                if !ended.remark.is_empty() {
                    let _ = write!(text, ": {}", ended.remark);
                }
                text.push('\n');
            }
            None => {
                let _ = writeln!(text, "still running after {}", seconds(self.console.elapsed()));
            }
        }
        if !facts.messages.is_empty() {
            let _ = writeln!(text, "QEMU said: {}", facts.messages);
        }
        text + "command: " + &facts.command
    }

    fn console_lines(&self) -> String {
        let log = self.console.log();
        if log.text.is_empty() {
            return "the console says nothing\n".into();
        }
        let mut lines = Vec::new();
        let mut offset = 0;
        for line in log.text.split_inclusive(|byte| *byte == b'\n') {
            let shown = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line)).escape_control();
            lines.push(format!("{:>9}  {shown}", seconds(log.time(offset))));
            let end = offset + line.len();
            for (_, backtrace) in log.backtraces.iter().filter(|(at, _)| (offset + 1..=end).contains(at)) {
                lines.extend(backtrace.lines().map(|line| format!("{:>9}  {line}", "")));
            }
            offset = end;
        }
        let left_out = lines.len().saturating_sub(SHOWN_LINES);
        let mut text = String::from("console:\n");
        if left_out > 0 {
            let _ = writeln!(text, "{:>9}  ({left_out} lines are left out)", "");
        }
        for line in &lines[left_out..] {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }
}

/// A time in the form of a transcript.
fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

trait EscapeControl {
    fn escape_control(&self) -> String;
}

impl EscapeControl for str {
    /// Control characters would change the terminal that shows them.
    fn escape_control(&self) -> String {
        self.chars()
            .flat_map(|one| {
                if one.is_control() && one != '\t' { one.escape_default().collect::<Vec<_>>() } else { vec![one] }
            })
            .collect()
    }
}
