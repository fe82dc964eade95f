//! One run of a machine: the event loop for its console, control channel and signals.
//!
//! One thread polls all files. Only the poll itself blocks, so that Ctrl-C works while the guest does not read its input, and
//! while the user's pager does not read the guest's output.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGINT, SIGPIPE, SIGTERM};

use super::control::Control;
use super::dump::Dump;
use super::flow::{Flow, read_from};
use super::qmp::Command;
use super::request::{Request, Step};
use super::signals::Signals;
use super::terminal::{INTERRUPT, Input};
use super::{Ending, Error, Watch};

/// The time that QEMU may take to quit on request, before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// The maximum length of QEMU's messages about a machine that it cannot create.
const MAX_WORDS_BYTES: usize = 1 << 16;

/// The files of a run, and the buffers between them. A file at its end is `None`.
pub(super) struct Session {
    process: Pid,
    signals: Signals,
    control: Control,
    control_socket: Option<UnixStream>,
    /// The user's keys. Unbuffered, like all of these files: a buffer would hide bytes from the poll.
    keys: Option<File>,
    is_terminal: bool,
    guest_in: Option<File>,
    guest_out: Option<File>,
    user_out: File,
    to_guest: Flow,
    to_user: Flow,
    qemu_err: Option<File>,
    /// QEMU's own messages before the machine started.
    words: Vec<u8>,
    requested: Option<Request>,
    interrupted: Option<i32>,
    killed_at: Option<Instant>,
    watch: Watch,
    /// Restores the terminal when the session is dropped.
    _input: Input,
}

/// The file that is polled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Signals,
    Control,
    Keys,
    GuestIn,
    GuestOut,
    UserOut,
    QemuErr,
}

impl Session {
    /// Takes the process's pipes.
    pub(super) fn new(
        process: &mut Child,
        control: UnixStream,
        signals: Signals,
        input: Input,
        watch: Watch,
    ) -> io::Result<Self> {
        control.set_nonblocking(true)?;
        let guest_in = process.stdin.take().map(OwnedFd::from);
        if let Some(pipe) = &guest_in {
            rustix::fs::fcntl_setfl(pipe, rustix::fs::fcntl_getfl(pipe)? | rustix::fs::OFlags::NONBLOCK)?;
        }
        let keys = match input {
            Input::Nothing => None,
            Input::Terminal(_) | Input::Stream => Some(File::from(io::stdin().as_fd().try_clone_to_owned()?)),
        };
        Ok(Self {
            process: Pid::from_child(process),
            signals,
            control: Control { dump: watch.dump.as_deref().map(Dump::new), ..Control::default() },
            control_socket: Some(control),
            keys,
            is_terminal: matches!(input, Input::Terminal(_)),
            guest_in: guest_in.map(File::from),
            guest_out: process.stdout.take().map(|pipe| File::from(OwnedFd::from(pipe))),
            user_out: File::from(io::stdout().as_fd().try_clone_to_owned()?),
            to_guest: Flow::default(),
            to_user: Flow::default(),
            qemu_err: process.stderr.take().map(|pipe| File::from(OwnedFd::from(pipe))),
            words: Vec::new(),
            requested: None,
            interrupted: None,
            killed_at: None,
            watch,
            _input: input,
        })
    }

    /// Runs the event loop until QEMU has closed all of its files by exiting.
    pub(super) fn serve(&mut self) -> io::Result<()> {
        while self.control_socket.is_some() || self.guest_out.is_some() || self.qemu_err.is_some() || !self.drained() {
            for source in self.wait()? {
                self.serve_one(source)?;
            }
            self.proceed()?;
        }
        Ok(())
    }

    /// The ending of the machine, once QEMU has exited.
    pub(super) fn ending(&self, exit: ExitStatus) -> Result<Ending, Error> {
        match self.interrupted {
            Some(signal) => Ok(Ending::Interrupted(signal)),
            None if let Some(why) = self.control.dump.as_ref().and_then(|dump| dump.failure.as_ref()) => {
                Err(Error::Dump(why.clone()))
            }
            None if self.control.started => Ok(Ending::read(exit, &self.control)),
            None if self.words.is_empty() => Err(Error::Machine(format!("it exited without a message ({exit})"))),
            None => Err(Error::Machine(String::from_utf8_lossy(&self.words).trim_end().into())),
        }
    }

    fn drained(&self) -> bool {
        self.to_user.is_empty() || self.interrupted.is_some()
    }

    /// Waits until a file is ready.
    fn wait(&self) -> io::Result<Vec<Source>> {
        // What the guest says is read when there is room for it, what is for the guest when it has taken the last of it. The
        // keys of a terminal are always read: Ctrl-C may be among them.
        let takes_keys = self.is_terminal || self.to_guest.is_empty();
        let interests: [(Source, Option<BorrowedFd<'_>>, bool); 7] = [
            (Source::Signals, Some(self.signals.as_fd()), self.interrupted.is_none()),
            (Source::Control, self.control_socket.as_ref().map(AsFd::as_fd), true),
            (Source::Keys, self.keys.as_ref().map(AsFd::as_fd), takes_keys),
            (Source::GuestIn, self.guest_in.as_ref().map(AsFd::as_fd), !self.to_guest.is_empty()),
            (Source::GuestOut, self.guest_out.as_ref().map(AsFd::as_fd), self.drained()),
            (Source::UserOut, Some(self.user_out.as_fd()), !self.drained()),
            (Source::QemuErr, self.qemu_err.as_ref().map(AsFd::as_fd), true),
        ];
        let (mut sources, mut files) = (Vec::new(), Vec::new());
        for (source, file, wanted) in interests {
            if let (Some(file), true) = (file, wanted) {
                let writes = matches!(source, Source::GuestIn | Source::UserOut);
                sources.push(source);
                files.push(PollFd::from_borrowed_fd(file, if writes { PollFlags::OUT } else { PollFlags::IN }));
            }
        }
        let left = self.next_step().map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut files, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(sources.into_iter().zip(&files).filter(|(_, file)| !file.revents().is_empty()).map(|(s, _)| s).collect())
    }

    fn serve_one(&mut self, source: Source) -> io::Result<()> {
        match source {
            Source::Signals => self.signals.caught().map_or(Ok(()), |signal| self.request(signal)),
            Source::Control => self.serve_control(),
            Source::Keys => self.serve_keys(),
            Source::GuestIn => {
                // QEMU has exited or is exiting: the command cannot be delivered.
                if self.guest_in.as_mut().is_some_and(|guest| self.to_guest.write_to(guest).is_err()) {
                    self.guest_in = None;
                    self.to_guest.clear();
                }
                self.close_input();
                Ok(())
            }
            Source::GuestOut => {
                match read(&mut self.guest_out)? {
                    bytes if self.interrupted.is_none() => self.to_user.push_whole(self.watch.console(bytes)),
                    _ => {}
                }
                Ok(())
            }
            Source::UserOut => match self.to_user.write_to(&mut self.user_out) {
                // The reader of the console has exited, as in `unikernel run | head`: end the run.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.interrupt(SIGPIPE),
                written => written,
            },
            Source::QemuErr => {
                let bytes = read(&mut self.qemu_err)?;
                if self.interrupted.is_some() {
                    return Ok(()); // that it was terminated
                }
                if self.control.started {
                    return io::stderr().write_all(&bytes);
                }
                self.words.extend(bytes);
                self.words.truncate(MAX_WORDS_BYTES);
                Ok(())
            }
        }
    }

    fn serve_control(&mut self) -> io::Result<()> {
        let bytes = read(&mut self.control_socket)?;
        let started = self.control.started;
        let answer = self.control.receive(&bytes);
        if let Some(socket) = self.control_socket.as_mut().filter(|_| !answer.is_empty()) {
            // A hundred bytes fit into an empty socket; if QEMU has exited, its exit status tells the reason.
            let _ = socket.write_all(&answer);
        }
        if self.control.started && !started {
            // The machine is created, so QEMU's messages were only warnings.
            io::stderr().write_all(&std::mem::take(&mut self.words))?;
        }
        Ok(())
    }

    fn serve_keys(&mut self) -> io::Result<()> {
        let bytes = read(&mut self.keys)?;
        if self.is_terminal && bytes.contains(&INTERRUPT) {
            for _ in bytes.iter().filter(|byte| **byte == INTERRUPT) {
                self.request(SIGINT)?;
            }
            return Ok(());
        }
        if self.guest_in.is_some() {
            self.to_guest.push(&bytes);
        }
        self.close_input();
        Ok(())
    }

    /// Closes the guest's input, once all bytes before its end are written.
    fn close_input(&mut self) {
        if self.keys.is_none() && self.to_guest.is_empty() {
            self.guest_in = None;
        }
    }

    /// Requests a shutdown at the first SIGINT or SIGTERM; otherwise, ends the machine.
    fn request(&mut self, signal: i32) -> io::Result<()> {
        let asks = matches!(signal, SIGINT | SIGTERM) && self.requested.is_none() && self.control.started;
        if !asks {
            return self.interrupt(signal);
        }
        self.requested = Some(Request::new(signal, Instant::now()));
        self.proceed()
    }

    /// The time of the next timed action.
    fn next_step(&self) -> Option<Instant> {
        let request = self.requested.as_ref().filter(|_| self.interrupted.is_none());
        self.killed_at.or(request.map(|request| request.due))
    }

    /// Runs the timed action that is due.
    fn proceed(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if self.next_step().is_none_or(|at| now < at) {
            return Ok(());
        }
        if self.killed_at.take().is_some() {
            return self.kill(Signal::KILL);
        }
        let Some(request) = self.requested.as_mut() else { return Ok(()) };
        let (signal, step) = (request.signal, request.step(now));
        let asked = self
            .control_socket
            .as_mut()
            .is_some_and(|socket| socket.write_all(&Command::SystemPowerdown.bytes()).is_ok());
        match step {
            Step::End => self.interrupt(signal),
            _ if !asked => self.interrupt(signal),
            Step::Ask => Ok(()),
            Step::AskAndTell => {
                io::stderr().write_all(b"unikernel: asked the kernel to shut down; press again to end the machine\n")
            }
        }
    }

    /// Ends the machine: lets QEMU quit, so that its disks are complete, and kills it after a timeout.
    fn interrupt(&mut self, signal: i32) -> io::Result<()> {
        if self.interrupted.is_none() {
            self.interrupted = Some(signal);
            self.keys = None;
            self.to_user.clear();
            self.killed_at = Some(Instant::now() + GRACE);
            self.kill(Signal::TERM)?;
        }
        Ok(())
    }

    fn kill(&self, signal: Signal) -> io::Result<()> {
        match kill_process(self.process, signal) {
            // It is not reaped before the session ends, so the process ID cannot be reused.
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Reads once from a ready file, and drops it at its end.
fn read<F: io::Read>(file: &mut Option<F>) -> io::Result<Vec<u8>> {
    let Some(open) = file else { return Ok(Vec::new()) };
    Ok(read_from(open)?.unwrap_or_else(|| {
        *file = None;
        Vec::new()
    }))
}
