//! The clock: the time since boot, the time of day, and sleep.

#[cfg(feature = "async")]
mod wait;

use crate::kernel::Boot;
use crate::time;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

/// The clock of the machine.
///
/// Times are [`Duration`]s: since boot for [`now`](Clock::now) and deadlines, since 1970 for [`wall`](Clock::wall). The processor
/// is halted while a kernel sleeps.
///
/// ```no_run
/// # use core::time::Duration;
/// # use unikernel_rt::prelude::*;
/// # fn example(clock: Clock) {
/// let began = clock.now();
/// clock.sleep(Duration::from_secs(1));
/// clock.sleep_until(began + Duration::from_secs(2)); // two seconds in all, however long the lines between took
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    only_attach_makes_one: PhantomData<()>,
}

/// The machine does not know the time of day: it has no real-time clock, or one that has lost its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoWallClock;

impl Clock {
    /// The time since boot, to the nanosecond where the hardware is as fine. It never goes back.
    pub fn now(self) -> Duration {
        Duration::from_nanos(time::now_ticks())
    }

    /// The time since 1970-01-01 00:00 UTC.
    ///
    /// The machine is asked the first time; from then on this moves with [`now`](Clock::now). From a PC's real-time clock it is
    /// right to the second, and taken to be UTC; from KVM's clock it is as right as the host's.
    ///
    /// # Errors
    /// Returns [`NoWallClock`] where the machine does not know the time.
    pub fn wall(self) -> Result<Duration, NoWallClock> {
        time::wall_ns().map(Duration::from_nanos).ok_or(NoWallClock)
    }

    /// Halts the processor for `duration`, or a little longer.
    pub fn sleep(self, duration: Duration) {
        self.sleep_until(self.now().saturating_add(duration));
    }

    /// Halts the processor until [`now`](Clock::now) is at least `deadline`; returns at once where it is already.
    pub fn sleep_until(self, deadline: Duration) {
        time::wait_until(ticks(deadline), || false);
    }
}

/// A deadline as the clock counts; one beyond its 584 years never comes.
fn ticks(deadline: Duration) -> u64 {
    u64::try_from(deadline.as_nanos()).unwrap_or(time::NEVER)
}

impl fmt::Display for NoWallClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("this machine has no clock that knows the time of day")
    }
}

impl core::error::Error for NoWallClock {}

/// Chooses the clock of the machine; stops the boot where it has none.
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
