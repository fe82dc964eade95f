//! The Internet checksum (RFC 1071), and the pseudo-headers of its users.

use crate::address::IpAddr;

/// A sum in progress, of parts of any length, odd ones included.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Checksum {
    sum: u64,
    /// Whether the next byte is the second one of its word.
    is_odd: bool,
}

impl Checksum {
    /// The sum of the pseudo-header of a packet: RFC 768 and RFC 9293, section 3.1; for IPv6 RFC 8200, section 8.1.
    pub(crate) fn of_pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, bytes: usize) -> Self {
        let mut checksum = Checksum { sum: u64::from(protocol) + bytes as u64, is_odd: false };
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                checksum.sum += u64::from(u32::from(source)) + u64::from(u32::from(destination));
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
    #[inline(never)]
    pub(crate) fn of_ipv4(header: &[u8; 20]) -> Self {
        let (words, _) = header.as_chunks::<4>();
        Checksum { sum: words.iter().map(|word| u64::from(u32::from_be_bytes(*word))).sum(), is_odd: false }
    }

    /// Adds the bytes that follow. It is called from many places, and a call is a small part of its cost.
    #[inline(never)]
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        // The sum is the same in either byte order, but for the order of its own bytes (RFC 1071, section 2 (B)): eight bytes at a time, as
        // they lie, eight times in a round, in which each takes the carry of the one before.
        let (words, rest) = bytes.as_chunks::<8>();
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
        // 2^64 counts as 1, as 2^16 does.
        let mut sum = u128::from(sum) + u128::from(carries);
        for word in words {
            sum += u128::from(u64::from_ne_bytes(*word));
        }
        let (pairs, last) = rest.as_chunks::<2>();
        for pair in pairs {
            sum += u128::from(u16::from_ne_bytes(*pair));
        }
        if let [last] = last {
            sum += u128::from(u16::from_ne_bytes([*last, 0]));
        }
        let sum = (sum >> 64) as u64 + (sum as u64 >> 32) + (sum as u64 & 0xFFFF_FFFF);
        let sum = u16::from_be_bytes(fold(sum).to_ne_bytes());
        // A part that begins in the middle of a word counts with its bytes swapped.
        self.sum += u64::from(if self.is_odd { sum.swap_bytes() } else { sum });
        self.is_odd ^= bytes.len() % 2 == 1;
    }

    /// The sum so far, folded: what a card completes.
    pub(crate) fn folded(self) -> u16 {
        fold(self.sum)
    }

    /// The value of the checksum's field.
    pub(crate) fn finish(self) -> u16 {
        !fold(self.sum)
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

#[inline(never)]
fn fold(sum: u64) -> u16 {
    // At most 33, 18, 17 and 16 bits.
    let sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
    let sum = (sum & 0xFFFF) + (sum >> 16);
    let sum = (sum & 0xFFFF) + (sum >> 16);
    ((sum & 0xFFFF) + (sum >> 16)) as u16
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
