//! A machine that a program drives, instead of a person at a terminal: its pipes, its control channel, and its end.
//!
//! [`run`](super::run) is one loop around one machine on this process's own standard input and output. Here the caller has the
//! pipes, and asks the machine for more than its end.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::control::Control;
use super::process::spawn;
use super::qmp::{self, Id};
use super::{Ending, Error};

/// The time that QEMU may take to answer. It does so in milliseconds; this much is for a host without a processor to spare.
const ANSWER: Duration = Duration::from_secs(30);

/// A started machine. It ends with the thread that started it.
#[derive(Debug)]
pub struct Driven {
    /// The console's input.
    pub input: Option<ChildStdin>,
    /// The console's output.
    pub output: Option<ChildStdout>,
    channel: Channel,
    process: Child,
    listener: JoinHandle<()>,
    messages: JoinHandle<Vec<u8>>,
}

/// The control channel of a machine, for any thread.
#[derive(Clone, Debug)]
pub struct Channel {
    socket: Arc<UnixStream>,
    state: Arc<(Mutex<State>, Condvar)>,
    /// Answers of the monitor come in order: one command at a time.
    monitor: Arc<Mutex<()>>,
}

#[derive(Debug, Default)]
struct State {
    control: Control,
    is_closed: bool,
}

impl Driven {
    /// Starts the machine of a QEMU command, to which the control channel is added.
    ///
    /// # Errors
    /// Returns an error if QEMU is not installed, does not start, or cannot create the machine.
    pub fn start(command: Command) -> Result<Self, Error> {
        let (mut process, socket) = spawn(command)?;
        let channel = Channel {
            socket: Arc::new(socket),
            state: Arc::new((Mutex::default(), Condvar::new())),
            monitor: Arc::default(),
        };
        let listening = channel.clone();
        let listener = thread::spawn(move || listening.listen());
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let stderr = process.stderr.take();
        let messages = thread::spawn(move || stderr.map(read).unwrap_or_default());
        let machine = Self { input, output, channel, process, listener, messages };
        let is_running = machine.channel.wait(|state| state.control.started.then_some(()));
        if is_running.is_some() { Ok(machine) } else { Err(machine.failure()) }
    }

    /// The process's identifier.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The control channel.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Waits until the machine has ended; returns how, with QEMU's own exit status and messages.
    ///
    /// # Errors
    /// Returns an error if QEMU could not start the machine after all.
    pub fn wait(mut self) -> Result<(Ending, Option<i32>, String), Error> {
        let _ = self.listener.join();
        let messages = self.messages.join().unwrap_or_default();
        let exit = self.process.wait().map_err(|source| Error::Host { action: "wait for QEMU", source })?;
        let messages = String::from_utf8_lossy(&messages).trim_end().to_owned();
        let control = &self.channel.lock().control;
        if control.started {
            Ok((Ending::read(exit, control), exit.code(), messages))
        } else {
            Err(Error::Machine(messages))
        }
    }

    /// Why the machine was not created.
    fn failure(mut self) -> Error {
        let _ = self.process.kill(); // it may have exited already
        match self.process.wait() {
            Ok(exit) => match String::from_utf8_lossy(&self.messages.join().unwrap_or_default()).trim_end() {
                "" => Error::Machine(format!("it exited without a message ({exit})")),
                messages => Error::Machine(messages.into()),
            },
            Err(source) => Error::Host { action: "wait for QEMU", source },
        }
    }
}

impl Channel {
    /// Presses the power button; `false` if the machine has ended.
    #[must_use]
    pub fn press_power_button(&self) -> bool {
        self.send(&qmp::Command::SystemPowerdown.bytes()).is_ok()
    }

    /// Gives QEMU's human monitor a command, and returns what it prints; `None` if the machine has ended.
    #[must_use]
    pub fn monitor(&self, command_line: &str) -> Option<String> {
        let _one = self.monitor.lock().unwrap_or_else(PoisonError::into_inner);
        let command = qmp::Command::Monitor { command_line: command_line.to_owned().into() };
        self.send(&command.with_id(Id::Monitor)).ok()?;
        self.wait(|state| state.control.printed.pop())
    }

    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        (&*self.socket).write_all(bytes)
    }

    /// Reads what QEMU reports, until it exits.
    fn listen(&self) {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = (&*self.socket).read(&mut bytes) {
            let answer = self.lock().control.receive(&bytes[..count]);
            // Sent before it is announced: whoever waits for the start may send the next command.
            let _ = self.send(&answer); // if QEMU has exited, its exit status tells the reason
            self.state.1.notify_all();
        }
        self.lock().is_closed = true;
        self.state.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready` has a result; `None` if QEMU exits or does not answer.
    fn wait<T>(&self, mut ready: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + ANSWER;
        let mut state = self.lock();
        loop {
            if let Some(result) = ready(&mut state) {
                return Some(result);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if state.is_closed || left.is_zero() {
                return None;
            }
            state = self.state.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Reads QEMU's messages to their end.
fn read(mut stderr: ChildStderr) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stderr.read_to_end(&mut bytes); // what has been read is kept
    bytes
}
