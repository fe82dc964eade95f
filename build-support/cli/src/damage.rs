//! Random damage, for tests of parsers: reproducible, as the generator has a fixed seed.

use fastrand::Rng;

/// How many cases each parser of outside bytes is tried with; `RANDOM_CASES` says otherwise.
pub(crate) fn cases() -> usize {
    std::env::var("RANDOM_CASES").map_or(100_000, |text| text.parse().expect("RANDOM_CASES is a number"))
}

/// Changes some bytes, most often near each other and to values that sizes and offsets break at; cuts off the end now and
/// then.
pub(crate) fn damage(bytes: &mut Vec<u8>, random: &mut Rng) {
    if random.usize(..8) == 0 {
        bytes.truncate(random.usize(..=bytes.len()));
    }
    if bytes.is_empty() {
        return;
    }
    for _ in 0..random.usize(1..=4) {
        // Headers are at the beginning: half of the damage goes there.
        let reach = if random.bool() { bytes.len() } else { bytes.len().min(512) };
        let at = random.usize(..reach);
        for byte in bytes[at..].iter_mut().take(1 << random.usize(..4)) {
            *byte = match random.usize(..4) {
                0 => 0,
                1 => 0xff,
                2 => *byte ^ (1 << random.usize(..8)),
                _ => random.u8(..),
            };
        }
    }
}
