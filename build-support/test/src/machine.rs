//! A running machine.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::builder;
use crate::console::{Missed, find};
use crate::driver::{Driver, Message, Messages};
use crate::outcome::{Ending, Outcome, find_disk};
use crate::record::{Ended, Record};

/// A running machine; it ends when this is dropped.
pub struct Machine {
    record: Arc<Record>,
    /// `None` once the machine has been waited for.
    link: Option<Mutex<Link>>,
    disks: Vec<(String, PathBuf)>,
    /// The end of what was expected last.
    seen: usize,
    timeout: Duration,
}

/// The driver, and its answers.
struct Link {
    driver: Driver,
    answers: Receiver<Result<u16, String>>,
    /// The forwarded ports: card, protocol, port of the guest, port of this host.
    forwarded: Vec<(String, Protocol, u16, u16)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Tcp,
    Udp,
}

/// A network card of a machine, by [`Machine::card`].
pub struct Card<'m> {
    machine: &'m Machine,
    name: String,
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
        let spawned = builder::timeout(None).and_then(|timeout| {
            let (mut driver, messages) = Driver::start()?;
            driver.send("machine", "");
            driver.send("command", command.get_program());
            for argument in command.get_args() {
                driver.send("command", argument);
            }
            driver.send("start", "");
            Self::start(command.get_program().to_string_lossy().into_owned(), driver, messages, timeout)
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
        loop {
            let Some(message) = messages.next() else { return Err("the machine's driver has ended".into()) };
            match message.name() {
                "disk" => disks.push((message.word(1).to_owned(), message.path())),
                "command" => record.change(|facts| facts.command = message.text()),
                "started" => break,
                _ => return Err(message.text()),
            }
        }
        let (answer, answers) = mpsc::channel();
        let told = Arc::clone(&record);
        thread::spawn(move || {
            for message in messages {
                take(&told, &message, &answer);
            }
            told.console.close();
        });
        let link = Some(Mutex::new(Link { driver, answers, forwarded: Vec::new() }));
        Ok(Self { record, link, disks, seen: 0, timeout })
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

    /// Sends `text` to the console, as if it was typed.
    pub fn send(&self, text: &str) {
        self.link().driver.send("input", text);
    }

    /// The address on this host that leads to a TCP port of the first network card.
    ///
    /// The port is forwarded from now on, whether the kernel listens or not: [`Machine::expect`] the line that says so, or use
    /// [`Machine::connect`].
    ///
    /// # Panics
    /// Panics if the machine has no network card, or has ended.
    #[must_use]
    #[track_caller]
    pub fn address(&self, port: u16) -> SocketAddr {
        self.forward("", Protocol::Tcp, port)
    }

    /// The address on this host that leads to a UDP port of the first network card.
    ///
    /// # Panics
    /// As [`Machine::address`].
    #[must_use]
    #[track_caller]
    pub fn udp_address(&self, port: u16) -> SocketAddr {
        self.forward("", Protocol::Udp, port)
    }

    /// A network card by the name of its declared interface, where there are several.
    #[must_use]
    pub fn card(&self, name: &str) -> Card<'_> {
        Card { machine: self, name: name.to_owned() }
    }

    /// Connects to a TCP port of the first network card, as soon as the kernel listens.
    ///
    /// # Panics
    /// Panics if it does not in time, and as [`Machine::address`].
    #[must_use]
    #[track_caller]
    pub fn connect(&self, port: u16) -> TcpStream {
        let address = self.address(port);
        let deadline = Instant::now() + self.timeout;
        loop {
            match connect(address, deadline) {
                Ok(stream) => return stream,
                Err(_) if Instant::now() < deadline && self.is_running() => thread::sleep(Duration::from_millis(20)),
                Err(error) => {
                    let name = &self.record.name;
                    let when =
                        if self.is_running() { format!("within {:?}", self.timeout) } else { "before it ended".into() };
                    self.record.fail(&format!("`{name}` does not accept connections to port {port} {when}: {error}"));
                }
            }
        }
    }

    #[track_caller]
    fn forward(&self, card: &str, protocol: Protocol, port: u16) -> SocketAddr {
        let host = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let answer = {
            let mut link = self.link();
            let known = link.forwarded.iter().find(|one| (one.0.as_str(), one.1, one.2) == (card, protocol, port));
            if let Some(known) = known {
                return host(known.3);
            }
            let word = match protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
            };
            link.driver.send(&format!("forward {word} {port}"), card);
            let answer = link.answers.recv_timeout(self.timeout);
            let answer = answer.unwrap_or_else(|_| Err("the machine has ended".into()));
            if let Ok(chosen) = answer {
                link.forwarded.push((card.to_owned(), protocol, port, chosen));
            }
            answer
        };
        match answer {
            Ok(chosen) => host(chosen),
            Err(why) => self.record.fail(&format!("no address of port {port} of `{}`: {why}", self.record.name)),
        }
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

    fn link(&self) -> MutexGuard<'_, Link> {
        let link = self.link.as_ref().expect("only `wait` takes it, and the machine with it");
        link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Card<'_> {
    /// As [`Machine::address`].
    ///
    /// # Panics
    /// Panics if the machine has no such network card, or has ended.
    #[must_use]
    #[track_caller]
    pub fn address(&self, port: u16) -> SocketAddr {
        self.machine.forward(&self.name, Protocol::Tcp, port)
    }

    /// As [`Machine::udp_address`].
    ///
    /// # Panics
    /// As [`Card::address`].
    #[must_use]
    #[track_caller]
    pub fn udp_address(&self, port: u16) -> SocketAddr {
        self.machine.forward(&self.name, Protocol::Udp, port)
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
fn take(record: &Record, message: &Message, answer: &mpsc::Sender<Result<u16, String>>) {
    match message.name() {
        "console" => record.console.push(&message.payload),
        "backtrace" => record.console.push_backtrace(message.text()),
        "messages" => record.change(|facts| facts.messages = message.text()),
        "forwarded" => {
            let _ = answer.send(message.word(1).parse().map_err(|_| "the driver names no port".to_owned()));
        }
        "refused" => {
            let _ = answer.send(Err(message.text()));
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

/// Connects, and waits until the kernel has accepted: QEMU accepts at once, and closes the connection if the kernel refuses.
fn connect(address: SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let stream = TcpStream::connect_timeout(&address, left)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    match stream.peek(&mut [0]) {
        Ok(0) => return Err(ErrorKind::ConnectionRefused.into()),
        Ok(_) => {}
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
        Err(error) => return Err(error),
    }
    stream.set_read_timeout(None)?;
    Ok(stream)
}
