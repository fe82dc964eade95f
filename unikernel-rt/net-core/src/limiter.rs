//! A rate limit: a bucket of tokens (RFC 4443, section 2.4 (f); RFC 5961, section 10).

use crate::time::Instant;

/// So many at once, and one more for each interval that has passed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limiter {
    tokens: u32,
    most: u32,
    interval_micros: u64,
    at: Instant,
}

impl Limiter {
    pub(crate) const fn new(most: u32, interval_micros: u64) -> Self {
        Limiter { tokens: most, most, interval_micros, at: Instant::START }
    }

    /// Takes a token, if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let earned = now.micros_since(self.at).as_micros() / self.interval_micros;
        if earned >= u64::from(self.most - self.tokens) {
            (self.tokens, self.at) = (self.most, now);
        } else {
            self.tokens += earned as u32;
            self.at = Instant::from_micros(self.at.as_micros() + earned * self.interval_micros);
        }
        let has_one = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_a_burst_and_then_the_rate() {
        let mut limiter = Limiter::new(10, 1_000);
        let mut taken = 0;
        for micros in 0..100_000 {
            taken += u32::from(limiter.take(Instant::from_micros(1_000_000 + micros)));
        }
        assert_eq!(taken, 10 + 99);
        assert!(limiter.take(Instant::from_micros(u64::MAX - 1)));
    }
}
