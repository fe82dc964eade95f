//! Pollers: the timers and device queues that are polled whenever the processor wakes.
//!
//! Pollers do not depend on an executor. A poller makes what progress it can, wakes the waiters, and returns the deadline of its
//! next poll. It is registered on first use, so a kernel links only the pollers that it uses. The order is: poll all, run what
//! was woken; if nothing was, halt until an interrupt or the earliest deadline. Interrupts are taken only while halted, so no
//! wakeup is lost.

use crate::interrupts::idle;
use crate::sync::{Hook, List, Node};
use crate::time::NEVER;

/// A poller; always a static.
pub(crate) struct Poller(Node<fn() -> u64>);

/// A deadline that has always passed: poll again after the woken tasks have run.
#[cfg(feature = "sockets")]
pub(crate) const AT_ONCE: u64 = 0;

/// The registered pollers.
static POLLERS: List<fn() -> u64> = List::new();

/// How to halt. Set by pollers with deadlines, so that a kernel without a clock links no code for one.
static HALT_UNTIL: Hook<fn(u64)> = Hook::new();

/// Whether to keep polling instead of halting; set by pollers that need this.
#[cfg(feature = "busy-poll")]
static IS_AWAKE: Hook<fn() -> bool> = Hook::new();

/// Registers a function that is asked before each halt whether to keep polling instead.
#[cfg(feature = "busy-poll")]
pub(crate) fn ask_before_halting(is_awake: fn() -> bool) {
    IS_AWAKE.set(is_awake);
}

impl Poller {
    /// Makes a poller from a function that polls and returns its next deadline in clock ticks, or [`NEVER`].
    pub(crate) const fn new(poll: fn() -> u64) -> Self {
        Poller(Node::new(poll))
    }

    /// Registers the poller.
    #[inline]
    pub(crate) fn join(&'static self) {
        POLLERS.add(&self.0);
    }

    /// As [`Poller::join`], for a poller with deadlines; `halt_until` halts until a deadline at the latest.
    #[cfg(any(feature = "async", feature = "sockets", all(feature = "std", any(unikernel, test))))]
    pub(crate) fn join_with_deadlines(&'static self, halt_until: fn(u64)) {
        HALT_UNTIL.set(halt_until);
        self.join();
    }
}

/// Polls all; returns the earliest deadline.
pub(crate) fn all() -> u64 {
    POLLERS.iter().fold(NEVER, |earliest, poll| earliest.min(poll()))
}

/// Halts until an interrupt has been taken, at `deadline` at the latest.
pub(crate) fn halt_until(deadline: u64) {
    #[cfg(feature = "sockets")]
    if deadline == AT_ONCE {
        return idle::take_pending();
    }
    #[cfg(feature = "busy-poll")]
    if IS_AWAKE.get().is_some_and(|is_awake| is_awake()) {
        return idle::take_pending();
    }
    match HALT_UNTIL.get() {
        Some(halt_until) => halt_until(deadline),
        None => idle::halt(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Poller, all};
    use crate::time::NEVER;
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

    static POLLED: AtomicU64 = AtomicU64::new(0);
    static DEVICE: Poller = Poller::new(|| {
        POLLED.fetch_add(1, Relaxed);
        NEVER
    });
    static LATE: Poller = Poller::new(|| 200);
    static EARLY: Poller = Poller::new(|| 100);

    /// One test: the list is one, as in a kernel.
    #[test]
    fn who_joins_is_polled_once_a_round_and_the_earliest_deadline_counts() {
        assert_eq!(all(), NEVER, "no poller is registered");
        DEVICE.join();
        DEVICE.join();
        assert_eq!((all(), POLLED.load(Relaxed)), (NEVER, 1));
        EARLY.join_with_deadlines(|_| {});
        LATE.join_with_deadlines(|_| {});
        DEVICE.join();
        assert_eq!((all(), POLLED.load(Relaxed)), (100, 2));
    }
}
