//! Congestion control: slow start (RFC 5681) and CUBIC (RFC 9438), in integers.

use crate::time::{Instant, Micros};

/// RFC 6928, section 2.
const INITIAL_SEGMENTS: u32 = 10;

#[derive(Clone, Copy, Debug)]
pub(super) struct Cubic {
    /// The congestion window, in bytes.
    pub(super) window: u32,
    threshold: u32,
    /// The window before the last reduction, in bytes.
    most: u32,
    /// When this avoidance began; never while it has not.
    epoch: Instant,
    /// Milliseconds from there to where the curve is at `most` again (K of section 4.2).
    inflection_ms: u32,
    /// What Reno would have (section 4.3), in bytes.
    friendly: u32,
}

impl Cubic {
    pub(super) fn new(segment: u32) -> Self {
        Cubic {
            window: INITIAL_SEGMENTS * segment,
            threshold: u32::MAX,
            most: 0,
            epoch: Instant::NEVER,
            inflection_ms: 0,
            friendly: 0,
        }
    }

    /// Up to where it is slow start.
    pub(super) fn threshold(&self) -> u32 {
        self.threshold
    }

    /// Whether the window is what limits a sender that has had so many bytes on the way in a round: in slow start, whether it could have had
    /// more of what it may have at the round's end.
    pub(super) fn is_limit(&self, flown: u32, segment: u32) -> bool {
        if self.window < self.threshold { self.window / 2 < flown } else { self.window <= flown + segment }
    }

    /// So many bytes were acknowledged while the window was the limit.
    pub(super) fn on_acknowledged(&mut self, bytes: u32, segment: u32, round_trip: Micros, now: Instant) {
        /// Nobody's memory is larger.
        const MOST: u32 = 1 << 30;
        if self.window < self.threshold {
            // RFC 5681, section 3.1, with the limit L of RFC 9406, section 4.2, where many are acknowledged at once.
            const LIMIT: u32 = 8;
            self.window = (self.window + bytes.min(LIMIT * segment)).min(MOST);
            return;
        }
        if self.epoch == Instant::NEVER {
            self.epoch = now;
            self.friendly = self.window;
            let missing = self.most.saturating_sub(self.window) / segment;
            // K = cbrt(missing / C), C = 0.4, in thousandths of a second.
            self.inflection_ms = cube_root(u64::from(missing) * 2_500_000_000);
            self.most = self.most.max(self.window);
        }
        let epoch = self.epoch;
        // Not `clamp`, whose panic would format both of its bounds.
        let target = self.curve(now.micros_since(epoch) + round_trip, segment);
        let target = target.min(self.window / 2 * 3).max(self.window);
        let growth = u64::from(target - self.window) * u64::from(bytes) / u64::from(self.window);
        // alpha = 3 (1 - beta) / (1 + beta) = 0.53 until it is where it was, then 1 (section 4.3).
        let alpha = if self.friendly < self.most { 53 } else { 100 };
        self.friendly += (u64::from(bytes) * u64::from(segment) * alpha / 100 / u64::from(self.window)) as u32;
        self.window = (self.window + growth as u32).max(self.friendly).min(MOST);
    }

    /// The window after this time (section 4.2, figure 1).
    fn curve(&self, time: Micros, segment: u32) -> u32 {
        /// Farther from the inflection than any window lasts, and its cube is no overflow.
        const FAR: u64 = 1_000_000;
        let ms = time.as_millis().min(FAR) as i64 - i64::from(self.inflection_ms);
        // C (t - K)^3 segments with C = 0.4; a cube of milliseconds is 10^9 of one of seconds. In two steps, so that 64 bits are enough.
        let bytes = ms.pow(3) / 1_000_000 * i64::from(segment) * 4 / 10_000 + i64::from(self.most);
        bytes.min(i64::from(u32::MAX / 2)).max(i64::from(2 * segment)) as u32
    }

    /// A loss was seen (section 4.6): beta is 0.7, with fast convergence (section 4.7).
    pub(super) fn on_loss(&mut self, in_flight: u32, segment: u32) {
        self.most = if self.window < self.most { self.window / 20 * 17 } else { self.window };
        self.threshold = (self.window.min(in_flight.max(segment)) / 10 * 7).max(2 * segment);
        self.window = self.threshold;
        self.epoch = Instant::NEVER;
    }

    /// Nothing came back (RFC 5681, section 3.1, (4); RFC 9438, section 4.8).
    pub(super) fn on_timeout(&mut self, in_flight: u32, segment: u32, is_first: bool) {
        if is_first {
            self.on_loss(in_flight, segment);
        }
        self.window = segment;
        self.epoch = Instant::NEVER;
    }

    /// Nothing was sent for a while (RFC 5681, section 4.1).
    pub(super) fn on_idle(&mut self, segment: u32) {
        self.window = self.window.min(INITIAL_SEGMENTS * segment);
        self.epoch = Instant::NEVER;
    }

    /// The segments have become shorter.
    pub(super) fn on_segment_size(&mut self, segment: u32) {
        self.window = self.window.max(segment);
    }
}

/// The largest whole number whose cube is not larger.
fn cube_root(value: u64) -> u32 {
    let (mut low, mut high) = (0_u64, 1 << 21);
    while low + 1 < high {
        let middle = (low + high) / 2;
        if middle * middle * middle <= value { low = middle } else { high = middle }
    }
    low as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: u32 = 1000;

    #[test]
    fn cube_roots() {
        for (value, root) in [(0, 0), (1, 1), (7, 1), (8, 2), (26, 2), (27, 3), (1_000_000_000, 1000)] {
            assert_eq!(cube_root(value), root);
        }
    }

    /// RFC 5681, section 3.1: a window a round trip in slow start.
    #[test]
    fn slow_start_doubles() {
        let mut cubic = Cubic::new(SEGMENT);
        assert_eq!(cubic.window, 10 * SEGMENT);
        for _ in 0..10 {
            cubic.on_acknowledged(SEGMENT, SEGMENT, Micros::from_millis(50), Instant::START);
        }
        assert_eq!(cubic.window, 20 * SEGMENT);
    }

    /// RFC 9438, section 4.2: after a loss at 1,000 segments it is at 700, and near 1,000 again after K = cbrt(300 / 0.4) = 9.1 s.
    #[test]
    fn the_curve_is_where_the_rfc_has_it() {
        let mut cubic = Cubic::new(SEGMENT);
        cubic.window = 1000 * SEGMENT;
        cubic.on_loss(1000 * SEGMENT, SEGMENT);
        assert_eq!(cubic.window, 700 * SEGMENT);
        let mut windows = Vec::new();
        let round_trip = Micros::from_millis(200);
        for step in 0..90 {
            let now = Instant::START + round_trip * step;
            for _ in 0..cubic.window / SEGMENT {
                cubic.on_acknowledged(SEGMENT, SEGMENT, round_trip, now);
            }
            windows.push(cubic.window / SEGMENT);
        }
        assert!((980..=1010).contains(&windows[45]), "at K: {}", windows[45]);
        assert!(windows[50] - windows[40] < windows[10] - windows[0], "it is flat there");
        assert!((1200..1300).contains(&windows[89]), "after 18 s: {}", windows[89]);
    }

    /// RFC 9438, section 4.3: on short ways it is no slower than Reno.
    #[test]
    fn on_short_ways_it_is_as_fast_as_reno() {
        let mut cubic = Cubic::new(SEGMENT);
        cubic.window = 20 * SEGMENT;
        cubic.on_loss(20 * SEGMENT, SEGMENT);
        for step in 0..40 {
            let now = Instant::from_micros(step * 1000);
            for _ in 0..cubic.window / SEGMENT {
                cubic.on_acknowledged(SEGMENT, SEGMENT, Micros::from_millis(1), now);
            }
        }
        assert!(cubic.window > 30 * SEGMENT, "{}", cubic.window);
    }

    #[test]
    fn a_timeout_leaves_one_segment() {
        let mut cubic = Cubic::new(SEGMENT);
        cubic.on_timeout(10 * SEGMENT, SEGMENT, true);
        assert_eq!((cubic.window, cubic.threshold), (SEGMENT, 7 * SEGMENT));
        cubic.on_timeout(SEGMENT, SEGMENT, false);
        assert_eq!(cubic.threshold, 7 * SEGMENT, "RFC 5681: once a loss");
    }
}
