//! The clock: the time since boot, the time of day, and sleep.

#[cfg(feature = "async")]
mod wait;

use crate::kernel::Boot;
use crate::time;
use crate::time::instant::Instant;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

/// The clock of the machine.
///
/// Points in time are [`Instant`]s, lengths of time are [`Duration`]s. [`sleep`](Clock::sleep) and
/// [`sleep_until`](Clock::sleep_until) block, with the processor halted; in an `async fn`, `after` and `at` let other tasks run
/// meanwhile (feature `async`).
///
/// ```no_run
/// # use core::time::Duration;
/// # use unikernel_rt::prelude::*;
/// # fn example(clock: Clock) {
/// let began = clock.now();
/// clock.sleep(Duration::from_secs(1));
/// clock.sleep_until(began + Duration::from_secs(2)); // two seconds in total
/// if let Ok(since_1970) = clock.wall() {
///     assert!(since_1970.as_secs() > 0);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    only_attach_makes_one: PhantomData<()>,
}

/// The error of [`Clock::wall`]: the machine has no real-time clock, or its time is not valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoWallClock;

impl Clock {
    /// The current time of the monotonic clock, to the nanosecond where the hardware has that resolution.
    pub fn now(self) -> Instant {
        Instant::from_ticks(time::now_ticks())
    }

    /// The time since the Unix epoch, 1970-01-01 00:00 UTC.
    ///
    /// The first call reads the real-time clock; later calls add the monotonic clock to it. A PC's real-time clock has a
    /// resolution of one second and is assumed to be UTC; KVM's is as precise as the host's.
    ///
    /// # Errors
    /// [`NoWallClock`].
    pub fn wall(self) -> Result<Duration, NoWallClock> {
        time::wall_ns().map(Duration::from_nanos).ok_or(NoWallClock)
    }

    /// Blocks for `duration`, or a little longer, with the processor halted.
    pub fn sleep(self, duration: Duration) {
        self.sleep_until(self.now() + duration);
    }

    /// Blocks until `deadline`, with the processor halted; returns at once if it has passed.
    pub fn sleep_until(self, deadline: Instant) {
        time::wait_until(deadline.ticks(), || false);
    }
}

impl fmt::Display for NoWallClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no real-time clock")
    }
}

impl core::error::Error for NoWallClock {}

/// Selects the clock of the machine; stops the boot where it has none.
pub fn attach<K>(_boot: &Boot<K>) -> Clock {
    time::attach();
    Clock { only_attach_makes_one: PhantomData }
}

/// Emitted where a clock is declared: defines what `embassy-time` links to.
#[doc(hidden)]
#[macro_export]
macro_rules! __clock {
    () => {
        $crate::__if_async! { $crate::__embassy_time_by_clock!(); }
    };
}
