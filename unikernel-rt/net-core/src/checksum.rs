//! The Internet checksum (RFC 1071), and the pseudo-headers of its users.

use crate::address::IpAddr;
use crate::bytes::array_at;

/// A sum in progress, of parts of any length, odd ones included.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Checksum {
    /// Of 64 bits, in which 2^64 counts as 1, as 2^16 does in 16 bits: the sum is the same however many words are added at once, and in
    /// either byte order, but for the order of its own bytes (RFC 1071, section 2 (B) and (C)). So words are taken as they lie.
    sum: u64,
    /// Whether the next byte is the second one of its word.
    is_odd: bool,
}

impl Checksum {
    /// The sum of the pseudo-header of a packet: RFC 768 and RFC 9293, section 3.1; for IPv6 RFC 8200, section 8.1.
    pub(crate) fn of_pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, bytes: usize) -> Self {
        let sum = u64::from(u16::from(protocol).to_be()) + u64::from((bytes as u32).to_be());
        let mut checksum = Checksum { sum, is_odd: false };
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let [source, destination] = [source, destination].map(|address| u32::from_ne_bytes(address.octets()));
                checksum.sum += u64::from(source) + u64::from(destination);
            }
            (source, destination) => {
                for address in [source, destination] {
                    match address {
                        IpAddr::V4(address) => checksum.add(&address.octets()),
                        IpAddr::V6(address) => checksum.add(&address.octets()),
                    }
                }
            }
        }
        checksum
    }

    /// The sum of an IPv4 header without its options (RFC 791, section 3.1).
    pub(crate) fn of_ipv4(header: &[u8; 20]) -> Self {
        let word = |at| array_at(header, at).map_or(0, u64::from_ne_bytes);
        let last = array_at(header, 16).map_or(0, u32::from_ne_bytes);
        Checksum { sum: plus(plus(word(0), word(8)), u64::from(last)), is_odd: false }
    }

    /// Adds the bytes that follow. It is called from many places, and a call is a small part of its cost.
    #[inline(never)]
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        // Eight words in a round, in which each takes the carry of the one before.
        let (words, mut rest) = bytes.as_chunks::<8>();
        let (rounds, words) = words.as_chunks::<8>();
        let (mut sum, mut carries) = (0_u64, 0_u64);
        for [a, b, c, d, e, f, g, h] in rounds {
            let mut carry = false;
            let mut add = |word: &[u8; 8]| (sum, carry) = sum.carrying_add(u64::from_ne_bytes(*word), carry);
            add(a);
            add(b);
            add(c);
            add(d);
            add(e);
            add(f);
            add(g);
            add(h);
            carries += u64::from(carry);
        }
        for word in words {
            let carry;
            (sum, carry) = sum.overflowing_add(u64::from_ne_bytes(*word));
            carries += u64::from(carry);
        }
        // At most seven bytes are left.
        if let [a, b, c, d, after @ ..] = rest {
            carries += u64::from(u32::from_ne_bytes([*a, *b, *c, *d]));
            rest = after;
        }
        if let [a, b, after @ ..] = rest {
            carries += u64::from(u16::from_ne_bytes([*a, *b]));
            rest = after;
        }
        if let [last] = rest {
            carries += u64::from(u16::from_ne_bytes([*last, 0]));
        }
        let sum = plus(sum, carries);
        // A part that begins in the middle of a word counts with the bytes of its words swapped.
        self.sum = plus(self.sum, if self.is_odd { sum.rotate_left(8) } else { sum });
        self.is_odd ^= bytes.len() % 2 == 1;
    }

    /// The sum so far, folded: what a card completes.
    pub(crate) fn folded(self) -> u16 {
        u16::from_be(fold(self.sum))
    }

    /// The value of the checksum's field.
    pub(crate) fn finish(self) -> u16 {
        !self.folded()
    }

    /// Whether the bytes, their checksum's field included, are as they were sent.
    pub(crate) fn is_right(self) -> bool {
        fold(self.sum) == u16::MAX
    }
}

/// The checksum where one word has changed (RFC 1624, section 3, equation 3).
pub(crate) fn updated(checksum: u16, old: u16, new: u16) -> u16 {
    !fold(u64::from(!checksum) + u64::from(!old) + u64::from(new))
}

/// The checksum of one part.
pub(crate) fn of(bytes: &[u8]) -> u16 {
    let mut checksum = Checksum::default();
    checksum.add(bytes);
    checksum.finish()
}

/// The sum in which 2^64 counts as 1.
fn plus(one: u64, other: u64) -> u64 {
    let (sum, carry) = one.overflowing_add(other);
    sum + u64::from(carry)
}

/// The same sum in 16 bits: 0 of 0 alone.
fn fold(sum: u64) -> u16 {
    // Both halves of the sum with itself, its halves exchanged, are the sum of the halves: the upper one has the carry of the lower.
    let sum = (sum.wrapping_add(sum.rotate_left(32)) >> 32) as u32;
    (sum.wrapping_add(sum.rotate_left(16)) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1071, section 3: the example of its numbers.
    #[test]
    fn sums_the_example_of_the_rfc() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(of(&bytes), !0xddf2);
    }

    /// RFC 1624, section 4: its example, and the case in which equation 2 is wrong.
    #[test]
    fn is_updated_as_in_the_rfc() {
        assert_eq!(updated(0xDD2F, 0x5555, 0x3285), 0x0000);
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..500 {
            let mut bytes: Vec<u8> = (0..20).map(|_| random.u8(..)).collect();
            let before = of(&bytes);
            let (old, new) = (u16::from_be_bytes([bytes[4], bytes[5]]), random.u16(..));
            bytes[4..6].copy_from_slice(&new.to_be_bytes());
            assert_eq!(updated(before, old, new), of(&bytes));
        }
    }

    #[test]
    fn is_the_same_however_the_bytes_are_divided() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..500 {
            let bytes: Vec<u8> = (0..random.usize(0..200)).map(|_| random.u8(..)).collect();
            let mut plain: u32 = 0;
            for word in bytes.chunks(2) {
                plain += u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0));
            }
            while plain > 0xFFFF {
                plain = (plain & 0xFFFF) + (plain >> 16);
            }
            let (first, second) = bytes.split_at(random.usize(0..=bytes.len()));
            let (second, third) = second.split_at(random.usize(0..=second.len()));
            let mut checksum = Checksum::default();
            for part in [first, second, third] {
                checksum.add(part);
            }
            assert_eq!(checksum.finish(), !(plain as u16));
        }
    }
}
