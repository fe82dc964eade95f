//! Points in time.

use core::ops::{Add, AddAssign, Sub, SubAssign};
use core::time::Duration;

/// A point in time of the machine's monotonic clock, to the nanosecond.
///
/// Sums and differences saturate: the last instant, 584 years after boot, is a deadline that never comes.
///
/// ```no_run
/// # use core::time::Duration;
/// # use unikernel_rt::prelude::*;
/// # fn example(clock: Clock) -> bool {
/// let began = clock.now();
/// let deadline = began + Duration::from_millis(10);
/// clock.now() > deadline || clock.now().duration_since(began) < Duration::from_millis(10)
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant {
    ns_since_boot: u64,
}

impl Instant {
    /// When the clock was attached, at boot.
    pub const BOOT: Instant = Instant { ns_since_boot: 0 };

    pub(crate) const fn from_ticks(ns_since_boot: u64) -> Self {
        Instant { ns_since_boot }
    }

    pub(crate) const fn ticks(self) -> u64 {
        self.ns_since_boot
    }

    /// The time from `earlier` to this instant; zero where `earlier` is later.
    pub const fn duration_since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.ns_since_boot.saturating_sub(earlier.ns_since_boot))
    }
}

/// A duration in ticks.
fn ticks(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        Instant { ns_since_boot: self.ns_since_boot.saturating_add(ticks(duration)) }
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;

    fn sub(self, duration: Duration) -> Instant {
        Instant { ns_since_boot: self.ns_since_boot.saturating_sub(ticks(duration)) }
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.duration_since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::Instant;
    use core::time::Duration;

    #[test]
    fn instants_and_durations_add_up_and_saturate() {
        let (second, last) = (Duration::from_secs(1), Instant::from_ticks(u64::MAX));
        let mut instant = Instant::BOOT + second;
        assert_eq!(instant - Instant::BOOT, second);
        assert_eq!(Instant::BOOT - instant, Duration::ZERO);
        instant += second;
        assert_eq!(instant.ticks(), 2_000_000_000);
        instant -= 3 * second;
        assert_eq!(instant, Instant::BOOT);
        assert_eq!(Instant::BOOT - second, Instant::BOOT);
        assert_eq!(last + second, last);
        assert_eq!(Instant::BOOT + Duration::MAX, last);
        assert!(Instant::BOOT < last);
    }
}
