//! Standard input, output and error output: the console.

use super::descriptors::{Kind, Object, Status};
use super::errno::Errno;
use super::readiness::Readiness;
use crate::devices::console::linked;
use crate::tasks::poll::Poller;
use crate::threads;
use crate::time::NEVER;
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether there is one: without, output is dropped, and input is at its end.
static IS_DECLARED: AtomicBool = AtomicBool::new(false);

static POLLER: Poller = Poller::new(poll);

/// Lets input be waited for.
pub(super) fn declare() {
    IS_DECLARED.store(true, Ordering::Relaxed);
}

fn poll() -> u64 {
    if linked::take_interrupt() {
        threads::tell_event();
    }
    NEVER
}

/// The console, which all three standard descriptors are.
pub(super) struct Console;

impl Object for Console {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        if buffer.is_empty() || !IS_DECLARED.load(Ordering::Relaxed) {
            return Ok(0);
        }
        while !self.readiness().readable {
            threads::wait_for_event(NEVER);
        }
        Ok(linked::receive(buffer))
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        linked::write(bytes);
        Ok(bytes.len())
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(Status { kind: Kind::CharacterDevice, ..Status::default() })
    }

    fn readiness(&self) -> Readiness {
        let mut readable = !IS_DECLARED.load(Ordering::Relaxed) || linked::can_receive();
        if !readable {
            POLLER.join();
            linked::listen();
            // Again: a byte may have come before its interrupt was enabled.
            readable = linked::can_receive();
        }
        Readiness { readable, writable: true, ..Readiness::default() }
    }
}
