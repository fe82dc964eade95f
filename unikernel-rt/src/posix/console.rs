//! Standard input, output and error output: the console.

use super::descriptors::{Kind, Object, Status};
use super::errno::Errno;
use super::readiness::{Readiness, Watchers};
use crate::devices::console::linked;
use crate::tasks::poll::Poller;
use crate::threads;
use crate::time::NEVER;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;

/// Whether there is one: without, output is dropped, and input is at its end.
static IS_DECLARED: AtomicBool = AtomicBool::new(false);

/// Who waits for input.
static WATCHERS: Watchers = Watchers::new();

static POLLER: Poller = Poller::new(poll);

/// Lets input be waited for.
pub(super) fn declare() {
    IS_DECLARED.store(true, Ordering::Relaxed);
}

fn poll() -> u64 {
    if linked::take_interrupt() {
        WATCHERS.wake();
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
        threads::wait(NEVER, |waker| {
            self.watch(waker);
            linked::can_receive().then_some(())
        });
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
        let is_readable = !IS_DECLARED.load(Ordering::Relaxed) || linked::can_receive();
        Readiness::WRITABLE | Readiness::READABLE.only_if(is_readable)
    }

    fn watch(&self, waker: &Waker) {
        if IS_DECLARED.load(Ordering::Relaxed) {
            WATCHERS.add(waker);
            POLLER.join();
            linked::listen();
        }
    }
}
