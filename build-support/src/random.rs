//! Reproducible random damage, for tests of parsers.

/// A generator (xorshift64*) whose sequence follows from its seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// Changes some bytes, most often near each other and to values that sizes and offsets break at; cuts off the end
    /// now and then.
    pub(crate) fn damage(&mut self, bytes: &mut Vec<u8>) {
        if self.below(8) == 0 {
            bytes.truncate(self.below(bytes.len()));
        }
        if bytes.is_empty() {
            return;
        }
        for _ in 0..=self.below(4) {
            // Headers are at the beginning: half of the damage goes there.
            let reach = if self.below(2) == 0 { bytes.len() } else { bytes.len().min(512) };
            let at = self.below(reach);
            for byte in bytes[at..].iter_mut().take(1 << self.below(4)) {
                *byte = match self.below(4) {
                    0 => 0,
                    1 => 0xff,
                    2 => *byte ^ (1 << self.below(8)),
                    _ => self.next() as u8,
                };
            }
        }
    }
}
