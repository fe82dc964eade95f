//! Stacks that handles share, polled together.

use super::stack::{Configuration, NEVER, Stack};
use super::storage::Buffers;
use crate::drivers::virtio::net::Card;
use crate::sync::Static;
use crate::tasks::poll::Poller;

/// A stack that handles share. It is used in short sections, one at a time.
pub(crate) struct Shared {
    stack: Static<Stack>,
    is_used: Static<bool>,
    next: Option<&'static Shared>,
}

/// The stack that was attached last; each knows the one before.
static LAST: Static<Option<&'static Shared>> = Static::new(None);
static POLLER: Poller = Poller::new(poll_all);

fn poll_all() -> u64 {
    let mut deadline = NEVER;
    let mut next = LAST.read();
    while let Some(shared) = next {
        deadline = deadline.min(shared.with(Stack::poll));
        next = shared.next;
    }
    deadline
}

/// Whether any of them looks for frames, so that the processor must not halt.
#[cfg(feature = "busy-poll")]
fn look_on() -> bool {
    let mut looks_on = false;
    let mut next = LAST.read();
    while let Some(shared) = next {
        // All are asked: those that do not look are to be interrupted.
        looks_on |= shared.with(Stack::looks_on);
        next = shared.next;
    }
    looks_on
}

impl Shared {
    /// Makes a stack in `place` and has it polled from now on.
    ///
    /// # Safety
    /// The place is valid for ever, and nobody else uses it.
    pub(crate) unsafe fn attach(
        place: *mut Shared,
        card: Card,
        buffers: Buffers,
        configuration: &Configuration,
    ) -> &'static Self {
        // SAFETY: the caller's promise.
        let shared = unsafe {
            place.write(Shared {
                stack: Static::new(Stack::new(card, buffers, configuration)),
                is_used: Static::new(false),
                next: LAST.read(),
            });
            &*place
        };
        shared.with(|stack| stack.configure(configuration));
        LAST.set(Some(shared));
        #[cfg(not(feature = "sockets"))]
        POLLER.join();
        #[cfg(feature = "sockets")]
        POLLER.join_with_deadlines(crate::time::halt_until);
        #[cfg(feature = "busy-poll")]
        crate::tasks::poll::ask_before_halting(look_on);
        shared
    }

    /// Lends the stack.
    ///
    /// # Panics
    /// Panics where it is lent already: a waker of somebody's own has come back here.
    #[inline]
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut Stack) -> R) -> R {
        assert!(!self.is_used.read(), "the network is used by a waker that the network has called");
        self.is_used.set(true);
        // SAFETY: nobody else has it, as the flag says.
        let result = act(unsafe { &mut *self.stack.get() });
        self.is_used.set(false);
        result
    }
}
