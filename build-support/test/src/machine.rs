//! A running machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::console::{Missed, find};
use crate::driver::{Driver, Message, Messages};
use crate::ending::{Ended, Ending};
use crate::link::Link;
use crate::outcome::{Outcome, find_disk};
use crate::record::Record;
use crate::timeout;

/// A running machine; it ends when this is dropped.
pub struct Machine {
    pub(crate) record: Arc<Record>,
    /// `None` once the machine has been waited for.
    link: Option<Mutex<Link>>,
    process: u32,
    disks: Vec<(String, PathBuf)>,
    /// The end of what was expected last.
    seen: usize,
    pub(crate) timeout: Duration,
}

/// How often a power button is pressed: a kernel that has not halted yet does not notice it.
const PRESS_AGAIN: Duration = Duration::from_millis(200);

impl Machine {
    /// Starts a machine by a command of your own, such as QEMU in a network namespace, without anything that [`Builder`] adds.
    ///
    /// The console is the command's standard input and output. A control channel is added to its arguments, for
    /// [`Machine::shutdown`] and to tell how the machine ended. Cards and disks are yours: [`Machine::address`] and
    /// [`Outcome::disk`] know of none.
    ///
    /// [`Builder`]: crate::Builder
    ///
    /// # Panics
    /// Panics if the command cannot be started, or QEMU cannot make the machine.
    #[must_use]
    #[track_caller]
    pub fn spawn(command: &Command) -> Self {
        let spawned = timeout::of(None).and_then(|timeout| {
            let (mut driver, messages) = Driver::start()?;
            driver.send("machine", "");
            let arguments: Vec<_> = command.get_args().collect();
            let kernel = arguments.windows(2).find(|pair| pair[0] == "-kernel").map(|pair| Path::new(pair[1]));
            if let Some(kernel) = kernel {
                driver.send("image", kernel); // for backtraces
            }
            driver.send("command", command.get_program());
            for argument in &arguments {
                driver.send("command", argument);
            }
            driver.send("start", "");
            let name = kernel.and_then(Path::file_name).unwrap_or(command.get_program());
            Self::start(name.to_string_lossy().into_owned(), driver, messages, timeout)
        });
        match spawned {
            Ok(machine) => machine,
            Err(text) => panic!("{text}"),
        }
    }

    /// Waits until the machine runs.
    pub(crate) fn start(
        name: String,
        driver: Driver,
        mut messages: Messages,
        timeout: Duration,
    ) -> Result<Self, String> {
        let record = Arc::new(Record::new(name));
        let mut disks = Vec::new();
        let process = loop {
            let Some(message) = messages.next() else { return Err("the machine's driver has ended".into()) };
            match message.name() {
                "disk" => disks.push((message.word(1).to_owned(), message.path())),
                "command" => record.change(|facts| facts.command = message.text()),
                "started" => break message.word(1).parse().unwrap_or_default(),
                _ => return Err(message.text()),
            }
        };
        let (answer, answers) = mpsc::channel();
        let told = Arc::clone(&record);
        thread::spawn(move || {
            for message in messages {
                take(&told, message, &answer);
            }
            told.console.close();
        });
        let link = Some(Mutex::new(Link::new(driver, answers)));
        Ok(Self { record, link, process, disks, seen: 0, timeout })
    }

    /// Waits until the console says `text`, after what was expected last.
    ///
    /// # Panics
    /// Panics if the machine ends without it, or when the time is over.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let from = self.seen;
        let found = self.record.console.wait(self.timeout, |log| find(&log.text, from, text.as_bytes()));
        match found {
            Ok(at) => self.seen = at + text.len(),
            Err(missed) => self.missed(&format!("`{}`", text.escape_debug()), missed),
        }
    }

    /// Waits for a whole line that contains `text`, after what was expected last, and returns it without its end.
    ///
    /// # Panics
    /// Panics if the machine ends without it, or when the time is over.
    #[track_caller]
    pub fn expect_line(&mut self, text: &str) -> String {
        let from = self.seen;
        let found = self.record.console.wait(self.timeout, |log| {
            let at = find(&log.text, from, text.as_bytes())?;
            let begin = log.text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
            let end = find(&log.text, at + text.len(), b"\n")?;
            Some((String::from_utf8_lossy(&log.text[begin.max(from)..end]).into_owned(), end + 1))
        });
        match found {
            Ok((line, end)) => {
                self.seen = end;
                line
            }
            Err(missed) => self.missed(&format!("a line with `{}`", text.escape_debug()), missed),
        }
    }

    /// Waits until `find` finds something in all that the console has said; `what` names it in the message of a failure.
    ///
    /// # Panics
    /// Panics if the machine ends without it, or when the time is over.
    #[track_caller]
    pub fn wait_until<T>(&self, what: &str, mut find: impl FnMut(&str) -> Option<T>) -> T {
        match self.record.console.wait(self.timeout, |log| find(&log.lossy())) {
            Ok(found) => found,
            Err(missed) => self.missed(what, missed),
        }
    }

    #[track_caller]
    fn missed(&self, what: &str, missed: Missed) -> ! {
        let name = &self.record.name;
        match missed {
            Missed::TimedOut => {
                self.record.fail(&format!("`{name}` does not say {what} within {:?}", self.timeout));
            }
            Missed::Ended => self.record.fail(&format!("`{name}` ended without saying {what}")),
        }
    }

    /// What the console has said so far, with `\n` for line ends.
    #[must_use]
    pub fn console(&self) -> String {
        self.record.console.log().lossy()
    }

    /// The same, byte for byte.
    #[must_use]
    pub fn console_bytes(&self) -> Vec<u8> {
        self.record.console.log().raw.clone()
    }

    /// Sends `text` to the console, as if it was typed.
    pub fn send(&self, text: &str) {
        self.link().driver.send("input", text);
    }

    /// Presses the power button. A kernel notices it when it waits.
    pub fn press_power_button(&self) {
        self.link().driver.send("power", "");
    }

    /// Presses the power button until the machine has ended.
    ///
    /// # Panics
    /// Panics if it does not end in time.
    #[track_caller]
    pub fn shutdown(self) -> Outcome {
        let deadline = Instant::now() + self.timeout;
        while Instant::now() < deadline {
            self.press_power_button();
            if self.record.console.wait(PRESS_AGAIN, |_| None::<()>) == Err(Missed::Ended) {
                break;
            }
        }
        self.wait()
    }

    /// Waits until the machine has ended by itself.
    ///
    /// # Panics
    /// Panics if it does not in time.
    #[track_caller]
    pub fn wait(mut self) -> Outcome {
        if self.record.console.wait(self.timeout, |_| None::<()>) == Err(Missed::TimedOut) {
            self.record.fail(&format!("`{}` does not end within {:?}", self.record.name, self.timeout));
        }
        let facts = self.record.facts();
        let (Some(ended), Some(link)) = (facts.ended, self.link.take()) else {
            self.record.fail(&format!("`{}` ended, and QEMU does not say how", self.record.name));
        };
        let link = link.into_inner().unwrap_or_else(PoisonError::into_inner);
        let disks = std::mem::take(&mut self.disks);
        Outcome { record: Arc::clone(&self.record), ended, disks, _driver: link.driver }
    }

    /// Gives QEMU's human monitor a command, and returns what it prints.
    ///
    /// # Panics
    /// Panics if the machine has ended.
    #[track_caller]
    pub fn monitor(&self, command: &str) -> String {
        let answer = self.link().ask("monitor", command, self.timeout);
        match answer.filter(|answer| answer.word(1) == "answered") {
            Some(answer) => answer.text(),
            None => self.record.fail(&format!("`{}` has ended, and QEMU with it", self.record.name)),
        }
    }

    /// QEMU's process identifier.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process
    }

    /// Whether the machine has not ended yet.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.record.console.wait(Duration::ZERO, |_| None::<()>) != Err(Missed::Ended)
    }

    /// The file of the disk of a declared device, while the machine may write to it.
    ///
    /// # Panics
    /// Panics if the application declares no such disk.
    #[must_use]
    #[track_caller]
    pub fn disk_path(&self, name: &str) -> &Path {
        find_disk(&self.record, &self.disks, name)
    }

    /// Changes how long the machine may take to do what the test waits for.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// The last lines of the console with their times, and QEMU's command line.
    #[must_use]
    pub fn transcript(&self) -> String {
        self.record.transcript()
    }

    pub(crate) fn link(&self) -> MutexGuard<'_, Link> {
        let link = self.link.as_ref().expect("only `wait` takes it, and the machine with it");
        link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("name", &self.record.name)
            .field("console", &self.console())
            .finish_non_exhaustive()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if self.link.is_some() {
            self.record.tell_if_panicking();
        }
    }
}

/// Takes a message of the driver.
fn take(record: &Record, message: Message, answer: &mpsc::Sender<Message>) {
    match message.name() {
        "console" => record.console.push(&message.payload),
        "backtrace" => record.console.push_backtrace(message.text()),
        "messages" => record.change(|facts| facts.messages = message.text()),
        "forwarded" | "refused" | "connected" | "monitor" => {
            let _ = answer.send(message); // nobody waits for it if the test has failed meanwhile
        }
        "ended" => {
            let ending = match message.word(1) {
                "status" => Ending::Status,
                "off" => Ending::PoweredOff,
                "panicked" => Ending::Panicked,
                "reset" => Ending::Reset,
                _ => Ending::Killed,
            };
            let (status, qemu) = (message.word(2).parse().unwrap_or(u8::MAX), message.word(3).parse().ok());
            let ended = Ended { ending, status, qemu, remark: message.text(), after: record.console.elapsed() };
            record.change(|facts| facts.ended = Some(ended));
            record.console.close();
        }
        _ => record.change(|facts| facts.messages = message.text()),
    }
}
