//! The QEMU process, which never outlives this one.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

use super::session::Session;
use super::signals::Signals;
use super::terminal::Input;
use super::{Ending, Error, PROGRAM, Qemu, Watch};

/// Runs a machine on this process's standard input and output until it ends.
///
/// On a terminal, every key except Ctrl-C goes to the guest. Ctrl-C presses the machine's power button, as SIGINT and SIGTERM do.
/// A machine that is still running some seconds later, or at a second request, is ended. SIGHUP, SIGQUIT and the end of the
/// calling thread end the machine at once. The terminal is always restored. `watch` selects the debugging aids.
///
/// # Errors
/// Returns an error if QEMU is not installed, does not start, or cannot create the machine.
pub fn run(qemu: &Qemu, watch: Watch) -> Result<Ending, Error> {
    let host = |action| move |source| Error::Host { action, source };
    // Signals are caught before there is anything to clean up.
    let signals = Signals::catch().map_err(host("catch signals"))?;
    let mut command = Command::new(PROGRAM);
    command.args(watch.arguments(qemu.arguments()));
    let (mut process, control) = spawn(command)?;
    let session = Input::take().map_err(host("set up the terminal")).and_then(|input| {
        let mut session =
            Session::new(&mut process, control, signals, input, watch).map_err(host("open the console"))?;
        session.serve().map_err(host("carry the console"))?;
        Ok(session)
    });
    if session.is_err() {
        // It may have exited by itself meanwhile.
        let _ = process.kill();
    }
    let exit = process.wait().map_err(host("wait for QEMU"))?;
    session?.ending(exit)
}

/// Starts QEMU with a stopped machine, to be started through the control channel. QEMU is killed when the calling thread ends.
#[allow(unsafe_code)] // The one place that has to run code between `fork` and `exec`.
pub(super) fn spawn(mut command: Command) -> Result<(Child, UnixStream), Error> {
    let (ours, theirs) = UnixStream::pair().map_err(Error::Start)?;
    command
        .args(["-S", "-chardev", &format!("socket,id=control,fd={}", theirs.as_raw_fd())])
        .args(["-mon", "chardev=control,mode=control"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C in a shell signals only this process, which then ends QEMU.
        .process_group(0);
    let parent = getpid();
    let prepare = move || {
        rustix::io::fcntl_setfd(&theirs, rustix::io::FdFlags::empty())?;
        // Even a SIGKILL of this process ends QEMU. If this process has already exited, no signal will arrive.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: between `fork` and `exec`, only async-signal-safe operations are allowed. The closure makes three system
    // calls on values of its own, allocates nothing and takes no lock.
    let process = unsafe { command.pre_exec(prepare) }.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::NoQemu,
        _ => Error::Start(error),
    })?;
    Ok((process, ours))
}
