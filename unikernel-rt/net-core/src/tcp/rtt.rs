//! The round-trip time, and the time-out that follows from it (RFC 6298).

use crate::time::{Instant, Micros};

/// Section 2.4 says a second; what Linux has is what others expect, and what loses less time.
const LEAST: u64 = 200_000;
/// Section 2.5.
const MOST: u64 = 60_000_000;
/// Section 2.1.
const FIRST: u64 = 1_000_000;

/// An estimate, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoundTrip {
    smoothed: u32,
    variation: u32,
    /// How often the time-out was doubled.
    pub(super) backoff: u8,
    has_sample: bool,
}

impl RoundTrip {
    pub(super) const UNKNOWN: RoundTrip = RoundTrip { smoothed: 0, variation: 0, backoff: 0, has_sample: false };

    /// Sections 2.2 and 2.3.
    pub(super) fn sample(&mut self, time: Micros) {
        let sample = time.as_micros().clamp(1, MOST) as u32;
        if self.has_sample {
            let error = self.smoothed.abs_diff(sample);
            self.variation = (self.variation / 4 * 3) + error / 4;
            self.smoothed = ((u64::from(self.smoothed) * 7 + u64::from(sample)) / 8) as u32;
        } else {
            (self.smoothed, self.variation, self.has_sample) = (sample, sample / 2, true);
        }
    }

    /// The smoothed round-trip time, once there is one.
    pub(super) fn smoothed(&self) -> Option<Micros> {
        self.has_sample.then(|| Micros::from_micros(u64::from(self.smoothed)))
    }

    /// The time-out without its doublings.
    fn base(&self) -> u64 {
        if self.has_sample { (u64::from(self.smoothed) + 4 * u64::from(self.variation)).max(LEAST) } else { FIRST }
    }

    /// The time-out (sections 2.3 and 5.5).
    pub(super) fn timeout(&self) -> Micros {
        Micros::from_micros((self.base() << self.backoff.min(16)).min(MOST))
    }

    /// Section 5.5; and 5.7 of those who had none during the handshake.
    pub(super) fn back_off(&mut self) {
        self.backoff = self.backoff.saturating_add(1);
    }

    /// When the tail of a flight is sent again, to hear what became of it (RFC 8985, section 7.2).
    pub(super) fn probe_timeout(&self, in_flight_is_one: bool) -> Option<Micros> {
        /// The longest that a peer holds an acknowledgement back, of a segment that is alone.
        const DELAYED_ACKNOWLEDGEMENT: u64 = 200_000;
        let extra = if in_flight_is_one { DELAYED_ACKNOWLEDGEMENT } else { 2_000 };
        let micros = 2 * u64::from(self.smoothed) + extra;
        (self.has_sample && micros < self.base()).then(|| Micros::from_micros(micros))
    }
}

/// One segment whose way there and back is timed: not one that is sent again (section 3, Karn).
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub(super) sequence: super::sequence::Seq,
    pub(super) sent: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6298, sections 2.1 to 2.5 and 5.5.
    #[test]
    fn follows_the_rfc() {
        let mut trip = RoundTrip::UNKNOWN;
        assert_eq!(trip.timeout(), Micros::from_secs(1));
        trip.sample(Micros::from_millis(100));
        assert_eq!(trip.timeout(), Micros::from_millis(300));
        for _ in 0..100 {
            trip.sample(Micros::from_millis(100));
        }
        assert_eq!(trip.timeout(), Micros::from_millis(200), "the floor");
        trip.back_off();
        trip.back_off();
        assert_eq!(trip.timeout(), Micros::from_millis(800));
        trip.backoff = 200;
        assert_eq!(trip.timeout(), Micros::from_secs(60));
    }
}
