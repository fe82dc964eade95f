//! Timers of tasks: a queue that is polled like a device, and the driver of `embassy-time` on it.

use crate::sync::Static;
use crate::tasks::poll::Poller;
use crate::time::{self, NEVER, TICKS_PER_SECOND};
use core::task::Waker;
use embassy_executor_timer_queue::TimerQueueItem;
use embassy_time_driver::TICK_HZ;
use embassy_time_queue_utils::queue_generic::ConstGenericQueue;
use embassy_time_queue_utils::queue_integrated::Queue;

/// Ticks of the clock in one of `embassy-time`, which has microseconds unless the application asks its driver for others.
const TICKS: u64 = {
    assert!(TICKS_PER_SECOND.is_multiple_of(TICK_HZ), "the tick rate of `embassy-time` must divide 1 GHz");
    TICKS_PER_SECOND / TICK_HZ
};

/// The timers of tasks, each in its task.
static TASKS: Static<Queue> = Static::new(Queue::new());
/// The timers of wakers that a combinator such as `FuturesUnordered` has made. Where there are more, the one that makes room
/// is woken before its time, and sets its timer again.
static OTHERS: Static<Others> = Static::new(Others::new());
type Others = ConstGenericQueue<16>;
/// Whether there have been any of those.
static HAS_OTHERS: Static<bool> = Static::new(false);

/// The earliest of them all.
static EARLIEST: Static<u64> = Static::new(NEVER);
static POLLER: Poller = Poller::new(poll);

unsafe extern "Rust" {
    /// The executor's: where the task behind a waker has room for its timer. The function for this in the executor's interface
    /// panics on the waker of a combinator, with a message whose formatting would be in every kernel that waits.
    ///
    /// # Safety
    /// One queue alone has what it gives.
    fn __try_embassy_time_queue_item_from_waker(waker: &Waker) -> Option<&'static mut TimerQueueItem>;
}

/// Wakes `waker` when the clock is at `deadline`.
pub(crate) fn wake_at(deadline: u64, waker: &Waker) {
    POLLER.join_with_deadlines(time::halt_until);
    // SAFETY: the queue of tasks is the only one, and it is not at work meanwhile.
    let is_news = match unsafe { __try_embassy_time_queue_item_from_waker(waker) } {
        Some(item) => with(&TASKS, Queue::new(), |tasks| tasks.schedule_wake_queue_item(deadline, item, waker)),
        None => {
            HAS_OTHERS.set(true);
            with(&OTHERS, Others::new(), |others| others.schedule_wake(deadline, waker))
        }
    };
    if is_news {
        EARLIEST.set(EARLIEST.read().min(deadline));
    }
}

/// Wakes whose timers have expired.
fn poll() -> u64 {
    let earliest = EARLIEST.read();
    if earliest == NEVER {
        return NEVER;
    }
    let now = time::now_ticks();
    if earliest <= now {
        let mut next = with(&TASKS, Queue::new(), |tasks| tasks.next_expiration(now));
        if HAS_OTHERS.read() {
            next = next.min(with(&OTHERS, Others::new(), |others| others.next_expiration(now)));
        }
        EARLIEST.set(next);
    }
    EARLIEST.read()
}

/// Works on what is in `place`. An empty one stands there meanwhile: a waker, which is anybody's code, finds nothing at work.
fn with<T, R>(place: &Static<T>, empty: T, work: impl FnOnce(&mut T) -> R) -> R {
    let mut value = place.replace(empty);
    let result = work(&mut value);
    place.replace(value);
    result
}

/// The time, in ticks of `embassy-time`.
pub fn embassy_now() -> u64 {
    time::now_ticks() / TICKS
}

/// As `wake_at`, in ticks of `embassy-time`.
pub fn embassy_wake_at(deadline: u64, waker: &Waker) {
    wake_at(deadline.saturating_mul(TICKS), waker);
}

/// Emitted in kernels: what `embassy-time` links to.
#[doc(hidden)]
#[macro_export]
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
