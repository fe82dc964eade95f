//! A seed from the jitter of the processor's clock, for machines without another source of random numbers.
//!
//! The noise source: the time stamp counter is read before and after work that always takes the same instructions. Caches,
//! clock domains and the host's interrupts make the work last longer or shorter; the sample is how much that differs from the time
//! before. The work is to mix the clock into the [`Generator`], ChaCha20, which is thereby the conditioning, too.
//!
//! NIST SP 800-90B, section 4: every sample passes the repetition count test (4.4.1) and the adaptive proportion test (4.4.2), for
//! 1/8 bit of entropy a sample and a false alarm in 2^30. A lag test like that of jitterentropy rejects patterns that repeat after
//! up to eight samples. 3,072 samples of 1/8 bit are more than the 256 bits of a key and the 64 that SP 800-90C asks for on top.
//!
//! The crate `rand_jitter` 0.6 was rejected: the clock itself decides how often its loops run, so that a clock without any jitter,
//! as with QEMU's `-icount`, passes its test; and it repeats samples that are stuck for ever, without a test of what it collects.

use super::generator::Generator;

/// How many samples make a seed.
const SAMPLES: u32 = 6 * WINDOW;
/// The samples of an adaptive proportion test that is not of bits.
const WINDOW: u32 = 512;
/// Samples in a row that may not be the same: 1 + 30 / (1/8).
const REPETITIONS: u32 = 241;
/// Samples of a window that may not be the same: 1 + the critical value of the binomial distribution.
const PROPORTION: u32 = 502;
/// The longest period that is looked for.
const LAGS: usize = 8;

/// Seeds a generator from the jitter of `clock`; returns whether it passes the tests. If not, the generator has no seed.
pub(super) fn seed(generator: &mut Generator, mut clock: impl FnMut() -> u64) -> bool {
    let mut health = Health::default();
    let (mut before, mut duration_before) = (clock(), 0);
    for _ in 0..SAMPLES {
        generator.mix([before, 0, 0, 0]);
        let now = clock();
        let duration = now.wrapping_sub(before);
        if !health.accepts(duration.wrapping_sub(duration_before)) {
            return false;
        }
        (before, duration_before) = (now, duration);
    }
    generator.mix([before, 0, 0, 0]);
    true
}

/// The tests of the samples.
#[derive(Default)]
struct Health {
    /// How often the last sample has come in a row.
    repetitions: u32,
    /// The position in the window.
    position: u32,
    /// The first sample of the window, then the last samples, latest first.
    earlier: [u64; 1 + LAGS],
    /// How many samples of the window were as predicted by each of them.
    predicted: [u32; 1 + LAGS],
}

impl Health {
    /// Tests a sample together with those before it.
    fn accepts(&mut self, sample: u64) -> bool {
        let [first, history @ ..] = &mut self.earlier;
        if self.position.is_multiple_of(WINDOW) {
            *first = sample;
            self.predicted = [0; 1 + LAGS];
        }
        self.position += 1;
        self.repetitions = if history[0] == sample { self.repetitions + 1 } else { 1 };
        let mut most = 0;
        for (count, prediction) in self.predicted.iter_mut().zip(core::iter::once(&*first).chain(&*history)) {
            *count += u32::from(*prediction == sample);
            most = most.max(*count);
        }
        history.rotate_right(1);
        history[0] = sample;
        self.repetitions < REPETITIONS && most < PROPORTION
    }
}

#[cfg(test)]
mod tests {
    use super::{Generator, Health, PROPORTION, REPETITIONS, SAMPLES, WINDOW, seed};

    /// A clock whose readings are as far apart as `step` says, by their number.
    fn is_accepted(mut step: impl FnMut(u32) -> u64) -> bool {
        let (mut now, mut reading) = (1 << 40, 0);
        seed(&mut Generator::new(), || {
            now += step(reading);
            reading += 1;
            now
        })
    }

    #[test]
    fn a_clock_that_is_random_is_accepted() {
        for seed in 0..3 {
            let mut random = fastrand::Rng::with_seed(seed);
            assert!(is_accepted(|_| 900 + random.u64(..8)), "seed {seed}");
            // Seven of eight readings are alike: about the least that the tests are for.
            assert!(is_accepted(|_| 900 + u64::from(random.u32(..8) == 0)), "seed {seed}");
        }
    }

    #[test]
    fn a_clock_without_jitter_is_refused() {
        assert!(!is_accepted(|_| 0), "it stands still");
        assert!(!is_accepted(|_| 900), "it counts instructions");
        assert!(!is_accepted(|reading| 900 + u64::from(reading)), "each takes longer than the one before");
        assert!(!is_accepted(|reading| 900 + 5 * u64::from(reading % WINDOW == 0)), "a hiccup in each window");
        assert!(!is_accepted(|reading| 900 + 7 * u64::from(reading % 100 == 99)), "and in each hundred");
        for period in 1..=8 {
            assert!(!is_accepted(|reading| 900 + [3, 1, 4, 1, 5, 9, 2, 6][(reading % period) as usize]), "{period}");
        }
        assert!(!is_accepted(|reading| 900 + u64::from(reading > SAMPLES - 2 * WINDOW) * 50 - 25), "it stops later on");
    }

    #[test]
    fn the_tests_reject_from_their_cutoff_on() {
        let mut health = Health::default();
        // Never the same at a lag, and never the same twice in a row.
        assert!((0..10 * WINDOW).all(|sample| health.accepts(u64::from(sample) + 1)));
        assert!((1..REPETITIONS).all(|_| health.accepts(7)), "one fewer than too many");
        assert!(!health.accepts(7));
        // A window whose first sample comes again and again, in runs that are shorter than the other test rejects.
        // A window whose first sample comes again and again, in runs that are shorter than the other test rejects.
        let rejected = |period: u32| {
            let mut health = Health::default();
            let sample = |index: u32| if index % period == period - 1 { 1000 + u64::from(index) } else { 9 };
            (0..WINDOW).find(|index| !health.accepts(sample(*index)))
        };
        assert_eq!(rejected(45), None, "all but 11, which is one fewer than too many");
        assert_eq!(rejected(200), Some(PROPORTION + 1), "with two that were different");
    }

    /// SP 800-90B, sections 4.4.1 and 4.4.2, with H = 1/8 and alpha = 2^-30.
    #[test]
    fn the_cutoffs_are_those_of_the_standard() {
        let (entropy, alarm) = (0.125_f64, 2_f64.powi(-30));
        assert_eq!(REPETITIONS, 1 + (-alarm.log2() / entropy).ceil() as u32);
        let same = 2_f64.powf(-entropy);
        // The probability that exactly all, all but one, ... of the window are the same.
        let (mut exactly, mut at_least, mut count) = (same.powi(WINDOW as i32), 0.0, WINDOW);
        while at_least + exactly <= alarm {
            at_least += exactly;
            exactly *= f64::from(count) / f64::from(WINDOW - count + 1) * (1.0 - same) / same;
            count -= 1;
        }
        assert_eq!(PROPORTION, 1 + count);
        assert!(f64::from(SAMPLES) * entropy >= f64::from(256 + 64));
    }

    #[test]
    fn the_seed_depends_on_the_clock() {
        let bytes = |offset: u64| {
            let mut random = fastrand::Rng::with_seed(1);
            let (mut now, mut generator) = (offset, Generator::new());
            assert!(seed(&mut generator, || {
                now += 900 + random.u64(..8);
                now
            }));
            let mut bytes = [0; 32];
            generator.fill(&mut bytes, || None);
            bytes
        };
        assert_eq!(bytes(5), bytes(5));
        assert_ne!(bytes(5), bytes(6));
    }
}
