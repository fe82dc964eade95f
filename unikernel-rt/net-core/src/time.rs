//! Points in time, as the caller's monotonic clock counts them.

use core::ops::Add;
use core::time::Duration;

/// Microseconds of a monotonic clock. Where it begins does not matter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Instant(u64);

impl Instant {
    /// The beginning of the clock.
    pub const START: Instant = Instant(0);
    /// A deadline that does not come.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// The time with this many microseconds on the clock.
    pub const fn from_micros(micros: u64) -> Self {
        Instant(micros)
    }

    /// The microseconds on the clock.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The time that has passed since `earlier`; nothing where that is later.
    pub const fn since(self, earlier: Instant) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// Saturates at [`Instant::NEVER`].
    fn add(self, duration: Duration) -> Instant {
        let micros = duration.as_secs().saturating_mul(1_000_000).saturating_add(u64::from(duration.subsec_micros()));
        Instant(self.0.saturating_add(micros))
    }
}
