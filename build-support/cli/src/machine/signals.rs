//! Signals that end a run, as a file to poll.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::low_level::{self, pipe};

/// Catches the signals that would otherwise terminate this process without cleaning up the machine and the terminal.
pub(super) struct Signals {
    last: Arc<AtomicUsize>,
    wake: UnixStream,
    registered: Vec<SigId>,
}

impl Signals {
    /// Catches the signals until this is dropped.
    pub(super) fn catch() -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let last = Arc::new(AtomicUsize::new(0));
        let mut signals = Self { last, wake, registered: Vec::new() };
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            let last = Arc::clone(&signals.last);
            // The number is stored before the byte that wakes is written: actions run in this order.
            signals.registered.push(signal_hook::flag::register_usize(signal, last, signal.unsigned_abs() as usize)?);
            signals.registered.push(pipe::register(signal, woken.try_clone()?)?);
        }
        Ok(signals)
    }

    /// Takes the last signal.
    pub(super) fn caught(&mut self) -> Option<i32> {
        // The byte is read first: a signal in between is either seen now or wakes again.
        let mut bytes = [0; 64];
        let _ = self.wake.read(&mut bytes); // nothing to read is nothing to forget
        i32::try_from(self.last.swap(0, Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }
}

/// Readable once a signal has arrived.
impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}
