//! From ticks of one frequency to ticks of another, by one multiplication and a shift.

/// A ratio of two frequencies, as a fixed-point number of 32 bits before the point and 32 behind.
///
/// A second of the one is off by at most 2^-32 of the other's ticks for each of its own: below 1e-9 for a TSC, 30 ms a year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Scale(u64);

impl Scale {
    /// From ticks of `from_hz` to ticks of `to_hz`, rounded down.
    ///
    /// Both are at most 2^32 times each other; `from_hz` is at most 2^32, or `to_hz` at most that.
    pub(crate) const fn new(from_hz: u64, to_hz: u64) -> Self {
        let from_hz = if from_hz == 0 { 1 } else { from_hz };
        let whole = to_hz / from_hz;
        let mut rest = to_hz % from_hz;
        // Long division, two digits of 16 bits: what is left stays below `from_hz`, which is below 2^48.
        let mut ratio = whole;
        let mut digit = 0;
        while digit < 2 {
            rest <<= 16;
            ratio = (ratio << 16) | (rest / from_hz);
            rest %= from_hz;
            digit += 1;
        }
        Scale(ratio)
    }

    /// `ticks` of the one in ticks of the other, rounded down; the most that there are where they are more.
    pub(crate) const fn apply(self, ticks: u64) -> u64 {
        let product = (ticks as u128 * self.0 as u128) >> 32;
        if product > u64::MAX as u128 { u64::MAX } else { product as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    const NS: u64 = 1_000_000_000;
    const YEAR_S: u64 = 31_557_600;

    /// What it should be, by exact arithmetic.
    fn exact(ticks: u64, from_hz: u64, to_hz: u64) -> u64 {
        u64::try_from(u128::from(ticks) * u128::from(to_hz) / u128::from(from_hz)).unwrap_or(u64::MAX)
    }

    #[test]
    fn equal_frequencies_change_nothing() {
        for ticks in [0, 1, NS, u64::MAX] {
            assert_eq!(Scale::new(NS, NS).apply(ticks), ticks);
        }
    }

    #[test]
    fn centuries_of_ticks_do_not_overflow() {
        for hz in [100_000_000, 999_999_937, NS, 2_893_202_000, 4_294_967_296, 5_700_000_123, 20_000_000_000] {
            for years in [1, 50, 100, 500] {
                let Some(ticks) = hz.checked_mul(years * YEAR_S) else { continue };
                let (ns, right) = (Scale::new(hz, NS).apply(ticks), exact(ticks, hz, NS));
                // 2^-32 of a nanosecond for each tick, and that for the rounding.
                assert!(ns <= right && right - ns <= (ticks >> 32) + 1, "{hz} Hz, {years} years: {ns}, not {right}");
            }
        }
    }

    #[test]
    fn deadlines_in_ticks() {
        for hz in [1_562_500, 62_500_000, 2_893_202_000, 20_000_000_000] {
            for ns in [0, 1, 999, NS, 3_600 * NS, 100 * YEAR_S * NS] {
                let (ticks, right) = (Scale::new(NS, hz).apply(ns), exact(ns, NS, hz));
                assert!(ticks <= right && right - ticks <= (ns >> 32) + 1, "{hz} Hz, {ns} ns: {ticks}, not {right}");
            }
        }
    }

    #[test]
    fn more_than_there_are_is_the_most() {
        assert_eq!(Scale::new(1_000_000, NS).apply(u64::MAX), u64::MAX);
        assert_eq!(Scale::new(NS, 20_000_000_000).apply(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_frequency_of_nothing_does_not_panic() {
        Scale::new(0, NS);
        Scale::new(NS, 0);
    }
}
