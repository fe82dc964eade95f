//! The QEMU process: started, and ended with this one.

use std::ffi::OsString;
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
/// From a terminal every key goes to the guest, but Ctrl-C: it presses the machine's power button, as SIGINT and SIGTERM do. A
/// kernel that has not ended some seconds later is ended with its machine, at once where it is asked a second time. SIGHUP,
/// SIGQUIT and the end of the thread that calls this end the machine at once. The terminal is restored on every way out.
/// `watch` says what is done besides.
///
/// # Errors
/// QEMU is not installed, does not start, or does not make such a machine.
pub fn run(qemu: &Qemu, watch: Watch) -> Result<Ending, Error> {
    let host = |action| move |source| Error::Host { action, source };
    // Caught before there is anything to clean up.
    let signals = Signals::catch().map_err(host("catch signals"))?;
    let (mut process, control) = spawn(watch.arguments(qemu.arguments()))?;
    let session = Input::take().map_err(host("set up the terminal")).and_then(|input| {
        let mut session =
            Session::new(&mut process, control, signals, input, watch).map_err(host("open the console"))?;
        session.serve().map_err(host("carry the console"))?;
        Ok(session)
    });
    if session.is_err() {
        // It may have ended by itself meanwhile, which is as good.
        let _ = process.kill();
    }
    let exit = process.wait().map_err(host("wait for QEMU"))?;
    session?.ending(exit)
}

/// Starts QEMU, with a machine that waits for a word on the control channel.
#[allow(unsafe_code)] // The one place that has to run code between `fork` and `exec`.
fn spawn(arguments: Vec<OsString>) -> Result<(Child, UnixStream), Error> {
    let (ours, theirs) = UnixStream::pair().map_err(Error::Start)?;
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .args(["-S", "-chardev", &format!("socket,id=control,fd={}", theirs.as_raw_fd())])
        .args(["-mon", "chardev=control,mode=control"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C in a shell is for this process alone, which then ends QEMU.
        .process_group(0);
    let parent = getpid();
    let prepare = move || {
        rustix::io::fcntl_setfd(&theirs, rustix::io::FdFlags::empty())?;
        // Even a SIGKILL to this process leaves no machine behind. Where it is gone already, no signal will come any more.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: between `fork` and `exec` only that may be done which is safe in a signal handler. The closure makes three system
    // calls on values of its own, allocates nothing and takes no lock.
    let process = unsafe { command.pre_exec(prepare) }.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::NoQemu,
        _ => Error::Start(error),
    })?;
    Ok((process, ours))
}
