//! Timers of tasks: a queue that is polled like a device, and the driver of `embassy-time` on it.

use crate::sync::lock;
use crate::tasks::poll::Poller;
#[cfg(feature = "async")]
use crate::time::TICKS_PER_SECOND;
use crate::time::{self, NEVER};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::task::Waker;
#[cfg(feature = "async")]
use embassy_executor_timer_queue::TimerQueueItem;
#[cfg(feature = "async")]
use embassy_time_driver::TICK_HZ;
#[cfg(feature = "async")]
use embassy_time_queue_utils::queue_integrated::Queue;

/// Clock ticks per tick of `embassy-time`: microseconds, unless the application selects another tick rate.
#[cfg(feature = "async")]
const TICKS: u64 = {
    assert!(TICKS_PER_SECOND.is_multiple_of(TICK_HZ), "the tick rate of `embassy-time` must divide 1 GHz");
    TICKS_PER_SECOND / TICK_HZ
};

#[cfg(feature = "async")]
lock! {
    /// The timers of tasks, each in its task.
    static TASK_TIMERS: Queue = Queue::new();
}

lock! {
    /// The timers of wakers that do not belong to a task: `block_on`, or a combinator such as `FuturesUnordered`.
    static OTHER_TIMERS: Timers = Timers::new();
}
/// Whether that list was ever used.
static HAS_OTHERS: AtomicBool = AtomicBool::new(false);

/// The earliest deadline of both.
static EARLIEST: AtomicU64 = AtomicU64::new(NEVER);
static POLLER: Poller = Poller::new(poll);

#[cfg(feature = "async")]
#[expect(unsafe_code, reason = "the executor's interface for timer queues")]
unsafe extern "Rust" {
    /// Returns the timer item of a waker's task (embassy's symbol). The public function for this panics on the waker of a
    /// combinator, and the formatting of its message would be linked into every kernel that waits.
    ///
    /// # Safety
    /// The result is used by one queue only.
    fn __try_embassy_time_queue_item_from_waker(waker: &Waker) -> Option<&'static mut TimerQueueItem>;
}

/// Wakes `waker` when the clock is at `deadline`.
pub(crate) fn wake_at(deadline: u64, waker: &Waker) {
    POLLER.join_with_deadlines(time::halt_until);
    let is_earlier = wake_task_at(deadline, waker).unwrap_or_else(|| {
        HAS_OTHERS.store(true, Ordering::Relaxed);
        let waker = waker.clone();
        // A replaced waker is woken or dropped after the lock is released: both run foreign code.
        match OTHER_TIMERS.with(|timers| timers.set(deadline, waker)) {
            Replaced::Nothing => {}
            Replaced::Same(waker) => drop(waker),
            Replaced::Other(waker) => waker.wake(),
        }
        true
    });
    if is_earlier {
        EARLIEST.fetch_min(deadline, Ordering::Relaxed);
    }
}

/// Sets the timer of a waker's task; returns whether it is the earliest. `None` for a waker that does not belong to a task.
#[cfg(feature = "async")]
fn wake_task_at(deadline: u64, waker: &Waker) -> Option<bool> {
    TASK_TIMERS.with(|timers| {
        // SAFETY: the queue of tasks is the only one, and is locked: no other reference to the item is in use.
        #[expect(unsafe_code, reason = "the executor's interface for timer queues")]
        let item = unsafe { __try_embassy_time_queue_item_from_waker(waker) }?;
        Some(timers.schedule_wake_queue_item(deadline, item, waker))
    })
}

/// There are no tasks.
#[cfg(not(feature = "async"))]
fn wake_task_at(_deadline: u64, _waker: &Waker) -> Option<bool> {
    None
}

/// Wakes the wakers of expired timers.
fn poll() -> u64 {
    let earliest = EARLIEST.load(Ordering::Relaxed);
    if earliest == NEVER {
        return NEVER;
    }
    let now = time::now_ticks();
    if earliest > now {
        return earliest;
    }
    let has_others = HAS_OTHERS.load(Ordering::Relaxed);
    while has_others && let Some(waker) = OTHER_TIMERS.with(|timers| timers.take_expired(now)) {
        waker.wake();
    }
    // Waking a task only marks it as ready; it calls nothing.
    #[cfg(feature = "async")]
    let mut next = TASK_TIMERS.with(|timers| timers.next_expiration(now));
    #[cfg(not(feature = "async"))]
    let mut next = NEVER;
    if has_others {
        next = next.min(OTHER_TIMERS.with(|timers| timers.earliest()));
    }
    EARLIEST.store(next, Ordering::Relaxed);
    next
}

/// Timers of wakers without a task. It never calls a waker.
struct Timers([Option<(u64, Waker)>; Timers::MOST]);

/// The waker that a new timer replaces.
enum Replaced {
    Nothing,
    /// One for the same task.
    Same(Waker),
    /// One whose timer was evicted. It is woken early and sets its timer again.
    Other(Waker),
}

impl Timers {
    const MOST: usize = 16;

    const fn new() -> Self {
        Timers([const { None }; Self::MOST])
    }

    /// Sets the timer of a waker; keeps an earlier one of the same task.
    fn set(&mut self, deadline: u64, waker: Waker) -> Replaced {
        let mut timers = self.0.iter_mut().flatten();
        if let Some((earlier, _)) = timers.find(|(_, other)| other.will_wake(&waker)) {
            *earlier = deadline.min(*earlier);
            return Replaced::Same(waker);
        }
        let free = self.0.iter().position(Option::is_none);
        let slot = &mut self.0[free.unwrap_or(Self::MOST - 1)];
        match slot.replace((deadline, waker)) {
            None => Replaced::Nothing,
            Some((_, other)) => Replaced::Other(other),
        }
    }

    /// Takes the waker of an expired timer.
    fn take_expired(&mut self, now: u64) -> Option<Waker> {
        let expired = |timer: &&mut Option<(u64, Waker)>| timer.as_ref().is_some_and(|(deadline, _)| *deadline <= now);
        self.0.iter_mut().find(expired)?.take().map(|(_, waker)| waker)
    }

    fn earliest(&self) -> u64 {
        self.0.iter().flatten().map(|(deadline, _)| *deadline).min().unwrap_or(NEVER)
    }
}

/// The time, in ticks of `embassy-time`.
#[cfg(feature = "async")]
pub fn embassy_now() -> u64 {
    time::now_ticks() / TICKS
}

/// As `wake_at`, in ticks of `embassy-time`.
#[cfg(feature = "async")]
pub fn embassy_wake_at(deadline: u64, waker: &Waker) {
    wake_at(deadline.saturating_mul(TICKS), waker);
}

/// Emitted in kernels: what `embassy-time` links to.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "async")]
macro_rules! __embassy_time {
    () => {
        const _: () = {
            unsafe extern "Rust" {
                safe fn __unikernel_declare_clock_to_use_embassy_time() -> u64;
                safe fn __unikernel_declare_clock_to_use_embassy_timers(at: u64, waker: &::core::task::Waker);
            }

            #[unsafe(no_mangle)]
            fn _embassy_time_now() -> u64 {
                __unikernel_declare_clock_to_use_embassy_time()
            }

            #[unsafe(no_mangle)]
            fn _embassy_time_schedule_wake(at: u64, waker: &::core::task::Waker) {
                __unikernel_declare_clock_to_use_embassy_timers(at, waker)
            }
        };
    };
}

/// Emitted where a clock is declared: what those link to; their names are the link error where none is.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "async")]
macro_rules! __embassy_time_by_clock {
    () => {
        const _: () = {
            #[unsafe(no_mangle)]
            fn __unikernel_declare_clock_to_use_embassy_time() -> u64 {
                $crate::__private::timers::embassy_now()
            }

            #[unsafe(no_mangle)]
            fn __unikernel_declare_clock_to_use_embassy_timers(at: u64, waker: &::core::task::Waker) {
                $crate::__private::timers::embassy_wake_at(at, waker)
            }
        };
    };
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{NEVER, Replaced, Timers};
    use core::sync::atomic::{AtomicUsize, Ordering};
    use core::task::Waker;
    use std::sync::Arc;
    use std::task::Wake;

    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn task() -> (Arc<Task>, Waker) {
        let task = Arc::new(Task::default());
        (task.clone(), Waker::from(task))
    }

    #[test]
    fn timers_expire_in_time_and_once() {
        let mut timers = Timers::new();
        let (_, one) = task();
        let (_, other) = task();
        assert!(matches!(timers.set(20, one.clone()), Replaced::Nothing));
        assert!(matches!(timers.set(10, other.clone()), Replaced::Nothing));
        assert_eq!(timers.earliest(), 10);
        assert!(timers.take_expired(9).is_none());
        assert!(timers.take_expired(10).is_some_and(|waker| waker.will_wake(&other)));
        assert!(timers.take_expired(10).is_none());
        assert!(timers.take_expired(u64::MAX).is_some_and(|waker| waker.will_wake(&one)));
        assert_eq!(timers.earliest(), NEVER);
    }

    #[test]
    fn a_task_has_one_timer_the_earliest() {
        let mut timers = Timers::new();
        let (_, waker) = task();
        for deadline in [30, 10, 20] {
            timers.set(deadline, waker.clone());
        }
        assert!(timers.take_expired(10).is_some());
        assert!(timers.take_expired(u64::MAX).is_none());
    }

    #[test]
    fn where_there_is_no_room_another_is_woken_early_and_none_is_lost() {
        let mut timers = Timers::new();
        let tasks = [(); Timers::MOST + 3].map(|()| task());
        for (_, waker) in &tasks {
            if let Replaced::Other(waker) = timers.set(50, waker.clone()) {
                waker.wake();
            }
        }
        while let Some(waker) = timers.take_expired(50) {
            waker.wake();
        }
        assert!(tasks.iter().all(|(task, _)| task.0.load(Ordering::Relaxed) == 1));
    }
}
