//! What has to be looked at whenever the processor has been woken: the timers, and the queues of devices.
//!
//! No part of it knows an executor. A poller moves what can be moved, wakes whoever waits for that, and says when it has to be
//! looked at again if nothing happens before. Who needs one joins it the first time, so that a kernel has the code of those
//! that it uses. The order is: poll all, run what has been woken, and where nothing was, halt until an interrupt or until the
//! earliest deadline. Interrupts are taken there and nowhere else, so that nothing slips in between.

use crate::interrupts::idle;
use crate::sync::{Hook, List, Node};
use crate::time::NEVER;

/// One thing to look at; a static.
pub(crate) struct Poller(Node<fn() -> u64>);

/// The deadline that is always past: there is more to do, after those who have been woken.
#[cfg(feature = "sockets")]
pub(crate) const AT_ONCE: u64 = 0;

/// Those that have joined.
static POLLERS: List<fn() -> u64> = List::new();

/// How to halt; whoever has deadlines sets it, so that a kernel without a clock has no code for one.
static HALT_UNTIL: Hook<fn(u64)> = Hook::new();

/// Whether the processor is not to halt yet, although nothing is to be done; whoever has reasons sets it.
#[cfg(feature = "busy-poll")]
static IS_AWAKE: Hook<fn() -> bool> = Hook::new();

/// Has it asked, each time that the processor would halt, whether it is not to.
#[cfg(feature = "busy-poll")]
pub(crate) fn ask_before_halting(is_awake: fn() -> bool) {
    IS_AWAKE.set(is_awake);
}

impl Poller {
    /// Makes a poller of a function that looks, and gives its next deadline in ticks of the clock, or [`NEVER`].
    pub(crate) const fn new(poll: fn() -> u64) -> Self {
        Poller(Node::new(poll))
    }

    /// Has it polled from now on.
    #[inline]
    pub(crate) fn join(&'static self) {
        POLLERS.add(&self.0);
    }

    /// As [`Poller::join`], for a poller that has deadlines; `halt_until` halts, until one at the latest.
    #[cfg(any(feature = "async", feature = "sockets"))]
    pub(crate) fn join_with_deadlines(&'static self, halt_until: fn(u64)) {
        HALT_UNTIL.set(halt_until);
        self.join();
    }
}

/// Polls all; gives the earliest deadline.
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
        assert_eq!(all(), NEVER, "nobody has joined");
        DEVICE.join();
        DEVICE.join();
        assert_eq!((all(), POLLED.load(Relaxed)), (NEVER, 1));
        EARLY.join_with_deadlines(|_| {});
        LATE.join_with_deadlines(|_| {});
        DEVICE.join();
        assert_eq!((all(), POLLED.load(Relaxed)), (100, 2));
    }
}
