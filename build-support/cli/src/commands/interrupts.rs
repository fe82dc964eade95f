//! Ctrl-C while temporary files exist: the command ends in order, and removes them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use super::failure::Failure;

/// Keeps the first signal from ending this process; it is to be looked at when a step has ended. Programs that were started
/// get a signal of the terminal as well, and end the step.
pub(super) struct Interrupts {
    last: Arc<AtomicUsize>,
    registered: Vec<SigId>,
}

impl Interrupts {
    /// Holds signals back until this is dropped.
    pub(super) fn hold() -> io::Result<Self> {
        let mut interrupts = Self { last: Arc::default(), registered: Vec::new() };
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            let last = Arc::clone(&interrupts.last);
            interrupts.registered.push(flag::register_usize(signal, last, signal.unsigned_abs() as usize)?);
        }
        Ok(interrupts)
    }

    /// The last signal that was held back.
    pub(super) fn pending(&self) -> Option<i32> {
        i32::try_from(self.last.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }

    /// Forgets what was held back.
    pub(super) fn forget(&self) {
        self.last.store(0, Ordering::SeqCst);
    }

    /// Fails if there is one.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match self.pending() {
            Some(_) => Err(Failure::Text("interrupted".into())),
            None => Ok(()),
        }
    }

    /// Ends this process by the signal that was held back, if there was one, as if it had not been.
    pub(super) fn deliver(self) {
        let pending = self.pending();
        drop(self);
        if let Some(signal) = pending {
            let _ = low_level::emulate_default_handler(signal); // these three have one, which ends the process
        }
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}
