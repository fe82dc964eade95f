//! The random number generator: ChaCha20 (RFC 8439) with fast key erasure.
//!
//! Each refill replaces the key, so its memory does not reveal earlier output.

/// Bytes per refill: the next key, then the output.
const REFILL_BYTES: usize = 4 * BLOCK_BYTES;
const BLOCK_BYTES: usize = 64;
const KEY_BYTES: usize = 32;

/// The generator and its buffered output.
pub(super) struct Generator {
    key: [u32; 8],
    made: [u8; REFILL_BYTES],
    /// How many bytes at the end of `made` are unused.
    left: usize,
}

impl Generator {
    /// An unseeded generator.
    pub(super) const fn new() -> Self {
        Generator { key: [0; 8], made: [0; REFILL_BYTES], left: 0 }
    }

    /// Mixes 256 bits into the key. This never reduces its entropy, even if they are known.
    pub(super) fn mix(&mut self, words: [u64; 4]) {
        for (half, word) in self.key.chunks_exact_mut(2).zip(words) {
            if let [low, high] = half {
                *low ^= word as u32;
                *high ^= (word >> 32) as u32;
            }
        }
        self.refill();
    }

    /// Fills `bytes`; mixes in the result of `reseed` at each refill.
    pub(super) fn fill(&mut self, bytes: &mut [u8], mut reseed: impl FnMut() -> Option<[u64; 4]>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.left == 0 {
                match reseed() {
                    Some(words) => self.mix(words),
                    None => self.refill(),
                }
            }
            let made = self.made.get_mut(REFILL_BYTES - self.left..).unwrap_or_default();
            let count = made.len().min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            let (given, _) = made.split_at_mut(count);
            now.copy_from_slice(given);
            given.fill(0);
            self.left -= count;
            rest = later;
        }
    }

    fn refill(&mut self) {
        for (counter, block) in self.made.chunks_exact_mut(BLOCK_BYTES).enumerate() {
            block.copy_from_slice(&chacha20(&self.key, counter as u32, [0; 3]));
        }
        let (key, _) = self.made.split_at_mut(KEY_BYTES);
        for (word, bytes) in self.key.iter_mut().zip(key.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        key.fill(0);
        self.left = REFILL_BYTES - KEY_BYTES;
    }
}

/// One block of key stream (RFC 8439, section 2.3).
fn chacha20(key: &[u32; 8], counter: u32, nonce: [u32; 3]) -> [u8; BLOCK_BYTES] {
    const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
    const DOUBLE_ROUNDS: usize = 10;
    let mut initial = [0; 16];
    let words = CONSTANTS.into_iter().chain(*key).chain([counter]).chain(nonce);
    for (slot, word) in initial.iter_mut().zip(words) {
        *slot = word;
    }
    let mut state = initial;
    for _ in 0..DOUBLE_ROUNDS {
        for column in 0..4 {
            quarter_round(&mut state, [column, 4 + column, 8 + column, 12 + column]);
        }
        for diagonal in 0..4 {
            let at = |row: usize| 4 * row + (diagonal + row) % 4;
            quarter_round(&mut state, [at(0), at(1), at(2), at(3)]);
        }
    }
    let mut block = [0; BLOCK_BYTES];
    for ((bytes, word), initial) in block.chunks_exact_mut(4).zip(state).zip(initial) {
        bytes.copy_from_slice(&word.wrapping_add(initial).to_le_bytes());
    }
    block
}

/// Section 2.1. Indices are modulo 16, which avoids bounds checks.
fn quarter_round(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    let (a, b, c, d) = (a & 15, b & 15, c & 15, d & 15);
    for (x, y, z, rotation) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
        state[x] = state[x].wrapping_add(state[y]);
        state[z] = (state[z] ^ state[x]).rotate_left(rotation);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Generator, KEY_BYTES, REFILL_BYTES, chacha20};
    use std::vec::Vec;

    #[test]
    fn the_block_function_is_that_of_the_rfc() {
        // RFC 8439, section 2.3.2.
        let key = core::array::from_fn(|index| {
            let first = 4 * index as u8;
            u32::from_le_bytes([first, first + 1, first + 2, first + 3])
        });
        let block = chacha20(&key, 1, [0x0900_0000, 0x4a00_0000, 0]);
        let expected = [
            0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4, 0xc7, 0xd1,
            0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46,
            0x07, 0x9f, 0xaa, 0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16,
            0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
        ];
        assert_eq!(block, expected);
        // Appendix A.1, test vector 1: all zero.
        assert_eq!(chacha20(&[0; 8], 0, [0; 3])[..8], [0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90]);
    }

    fn bytes(generator: &mut Generator, count: usize) -> Vec<u8> {
        let mut bytes = std::vec![0; count];
        generator.fill(&mut bytes, || None);
        bytes
    }

    fn seeded(words: [u64; 4]) -> Generator {
        let mut generator = Generator::new();
        generator.mix(words);
        generator
    }

    #[test]
    fn what_is_given_does_not_depend_on_how_it_is_asked_for() {
        let whole = bytes(&mut seeded([1, 2, 3, 4]), 3000);
        let mut pieces = Vec::new();
        let mut generator = seeded([1, 2, 3, 4]);
        for count in (0..).take_while(|count| count * (count + 1) / 2 <= 3000) {
            pieces.extend(bytes(&mut generator, count));
        }
        assert_eq!(whole[..pieces.len()], pieces);
    }

    #[test]
    fn every_bit_of_a_seed_matters_and_the_order_of_seeds_too() {
        let plain = bytes(&mut seeded([0; 4]), 16);
        for bit in 0..256 {
            let mut words = [0; 4];
            words[bit / 64] = 1 << (bit % 64);
            assert_ne!(bytes(&mut seeded(words), 16), plain, "bit {bit}");
        }
        let twice = |one, other| {
            let mut generator = seeded(one);
            generator.mix(other);
            bytes(&mut generator, 16)
        };
        assert_ne!(twice([1, 0, 0, 0], [2, 0, 0, 0]), twice([2, 0, 0, 0], [1, 0, 0, 0]));
        assert_ne!(twice([5; 4], [5; 4]), plain, "the same seed twice does not cancel out");
    }

    #[test]
    fn what_was_given_is_nowhere_any_more() {
        let mut generator = seeded([9; 4]);
        let (key, given) = (generator.key, bytes(&mut generator, 100));
        assert!(generator.made[..KEY_BYTES + 100].iter().all(|byte| *byte == 0));
        assert!(!generator.made.windows(8).any(|window| given.windows(8).any(|other| other == window)));
        bytes(&mut generator, REFILL_BYTES);
        assert_ne!(generator.key, key, "the key is a new one after each refill");
    }

    #[test]
    fn fresh_bits_go_in_with_each_refill() {
        let mut asked = 0;
        let mut generator = seeded([1; 4]);
        let mut given = [0; 10 * REFILL_BYTES];
        generator.fill(&mut given, || {
            asked += 1;
            Some([asked; 4])
        });
        assert_eq!(asked, 10 * REFILL_BYTES as u64 / (REFILL_BYTES - KEY_BYTES) as u64);
        assert_ne!(given[REFILL_BYTES..], bytes(&mut seeded([1; 4]), given.len())[REFILL_BYTES..]);
    }
}
