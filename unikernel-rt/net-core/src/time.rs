//! Points in time, as the caller's monotonic clock counts them.

use core::ops::{Add, Mul};
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
        Duration::from_micros(self.micros_since(earlier).0)
    }

    /// As [`Instant::since`], for what is done for every packet.
    pub(crate) const fn micros_since(self, earlier: Instant) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }
}

/// A length of time for timers. A [`Duration`] is seconds and nanoseconds: to convert it would be most of what a timer costs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Micros(u64);

impl Micros {
    pub(crate) const ZERO: Micros = Micros(0);

    pub(crate) const fn from_secs(seconds: u64) -> Self {
        Micros(seconds.saturating_mul(1_000_000))
    }

    pub(crate) const fn from_millis(millis: u64) -> Self {
        Micros(millis.saturating_mul(1_000))
    }

    pub(crate) const fn from_micros(micros: u64) -> Self {
        Micros(micros)
    }

    pub(crate) const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    pub(crate) const fn as_micros(self) -> u64 {
        self.0
    }
}

/// Saturates.
impl From<Duration> for Micros {
    #[inline(never)]
    fn from(duration: Duration) -> Self {
        Micros(duration.as_secs().saturating_mul(1_000_000).saturating_add(u64::from(duration.subsec_micros())))
    }
}

impl Add for Micros {
    type Output = Micros;

    fn add(self, other: Micros) -> Micros {
        Micros(self.0.saturating_add(other.0))
    }
}

impl Mul<u32> for Micros {
    type Output = Micros;

    fn mul(self, times: u32) -> Micros {
        Micros(self.0.saturating_mul(u64::from(times)))
    }
}

impl Add<Micros> for Instant {
    type Output = Instant;

    /// Saturates at [`Instant::NEVER`].
    fn add(self, time: Micros) -> Instant {
        Instant(self.0.saturating_add(time.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// Saturates at [`Instant::NEVER`].
    fn add(self, duration: Duration) -> Instant {
        self + Micros::from(duration)
    }
}
