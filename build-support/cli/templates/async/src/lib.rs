//! The logic of `template-name`, which needs no machine: `cargo test` runs its unit tests on the host.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt;
use core::time::Duration;

/// How late timers fired: the mean and the worst.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lateness {
    count: u32,
    sum: Duration,
    worst: Duration,
}

impl Lateness {
    /// Adds the delay of one timer.
    pub fn add(&mut self, delay: Duration) {
        self.count += 1;
        self.sum += delay;
        self.worst = self.worst.max(delay);
    }

    /// The mean delay; zero before the first one.
    #[must_use]
    pub fn mean(&self) -> Duration {
        self.sum.checked_div(self.count).unwrap_or_default()
    }
}

impl fmt::Display for Lateness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mean, worst) = (self.mean().as_micros(), self.worst.as_micros());
        write!(
            formatter,
            "{} timers, on average {mean} us late, at worst {worst} us",
            self.count
        )
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::Lateness;
    use core::time::Duration;
    use std::string::ToString;

    #[test]
    fn nothing_was_late() {
        assert_eq!(Lateness::default().mean(), Duration::ZERO);
    }

    #[test]
    fn the_mean_and_the_worst() {
        let mut lateness = Lateness::default();
        for delay in [10, 50, 30] {
            lateness.add(Duration::from_micros(delay));
        }
        assert_eq!(
            lateness.to_string(),
            "3 timers, on average 30 us late, at worst 50 us"
        );
    }
}
