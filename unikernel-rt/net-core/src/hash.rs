//! Keyed hashes (SipHash) of addresses and ports: whoever chooses them cannot choose where they fall, nor guess what is made of them.

use crate::address::IpAddr;
use core::net::Ipv4Addr;

/// The key. It is to be drawn from a generator that nobody can guess, once a boot.
#[derive(Clone, Copy)]
pub struct Key(pub [u8; 16]);

/// Not shown: who reads a log is not to know it.
impl core::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// What hashes are for: the same input gives another hash for another purpose.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Neighbour = 1,
    Connection,
    SequenceNumber,
    TimestampOffset,
    Cookie,
    Port,
    Dhcp,
    Dns,
    Fragment,
    #[cfg(feature = "ipv6")]
    Slaac,
    #[cfg(feature = "ipv6")]
    Mld,
    #[cfg(feature = "ipv6")]
    Dhcp6,
}

/// Rounds of SipHash-1-3 and of SipHash-2-4: for each word, and at the end.
const PLACE: (u32, u32) = (1, 3);
const HASH: (u32, u32) = (2, 4);

impl Key {
    /// The place of an entry in a table. Nobody outside sees it, so that SipHash-1-3 is enough, as it is for the tables of std. The number
    /// has at most 56 bits.
    pub(crate) fn place(&self, purpose: Purpose, addresses: &[IpAddr], number: u64) -> u64 {
        let number = number | (purpose as u64) << 56;
        match *addresses {
            [IpAddr::V4(one), IpAddr::V4(other)] => self.sip(PLACE, &[number, pair(one, other)]),
            _ => {
                let (words, len) = words(number, addresses);
                self.sip(PLACE, &words[..len])
            }
        }
    }

    /// A hash of addresses and of numbers that others see, or something that is made of it (SipHash-2-4).
    pub(crate) fn hash(&self, purpose: Purpose, addresses: &[IpAddr], numbers: u64) -> u64 {
        let (mut words, len) = words(numbers, addresses);
        words[len] = purpose as u64;
        self.sip(HASH, &words[..=len])
    }

    /// SipHash of whole words (Aumasson and Bernstein, 2012): so many rounds for each, and so many at the end.
    #[inline(never)]
    fn sip(&self, (each, last): (u32, u32), words: &[u64]) -> u64 {
        let key = u128::from_le_bytes(self.0);
        let (low, high) = (key as u64, (key >> 64) as u64);
        let mut state = [
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ];
        for word in words {
            add(&mut state, each, *word);
        }
        add(&mut state, each, (words.len() as u64 * 8) << 56);
        state[2] ^= 0xFF;
        (0..last).for_each(|_| round(&mut state));
        state[0] ^ state[1] ^ state[2] ^ state[3]
    }
}

#[inline(always)]
fn add(state: &mut [u64; 4], rounds: u32, word: u64) {
    state[3] ^= word;
    (0..rounds).for_each(|_| round(state));
    state[0] ^= word;
}

#[inline(always)]
fn round([a, b, c, d]: &mut [u64; 4]) {
    (*a, *c) = (a.wrapping_add(*b), c.wrapping_add(*d));
    (*b, *d) = (b.rotate_left(13) ^ *a, d.rotate_left(16) ^ *c);
    (*c, *a) = (c.wrapping_add(*b), a.rotate_left(32).wrapping_add(*d));
    (*b, *d) = (b.rotate_left(17) ^ *c, d.rotate_left(21) ^ *a);
    *c = c.rotate_left(32);
}

/// A number and two addresses at most, in words, with room for one more; and how many there are.
fn words(number: u64, addresses: &[IpAddr]) -> ([u64; 6], usize) {
    let (mut words, mut len) = ([number, 0, 0, 0, 0, 0], 1);
    let mut put = |word| {
        if let Some(place) = words.get_mut(len) {
            (*place, len) = (word, len + 1);
        }
    };
    if let [IpAddr::V4(one), IpAddr::V4(other)] = *addresses {
        put(pair(one, other));
    } else {
        for address in addresses {
            match address {
                IpAddr::V4(address) => put(u64::from(u32::from(*address))),
                IpAddr::V6(address) => {
                    let bits = u128::from_be_bytes(address.octets());
                    put((bits >> 64) as u64);
                    put(bits as u64);
                }
            }
        }
    }
    (words, len.min(5))
}

fn pair(one: Ipv4Addr, other: Ipv4Addr) -> u64 {
    u64::from(u32::from(one)) << 32 | u64::from(u32::from(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::hash::Hasher;
    use siphasher::sip::{SipHasher13, SipHasher24};

    fn of(mut hasher: impl Hasher, words: &[u64]) -> u64 {
        words.iter().for_each(|word| hasher.write_u64(*word));
        hasher.finish()
    }

    /// As another's SipHash has them, and the reference implementation's vector of eight bytes.
    #[test]
    fn hashes_are_those_of_siphash() {
        let mut random = fastrand::Rng::with_seed(3);
        for length in (0..6).cycle().take(200) {
            let key = core::array::from_fn(|_| random.u8(..));
            let words: Vec<u64> = (0..length).map(|_| random.u64(..)).collect();
            assert_eq!(Key(key).sip(HASH, &words), of(SipHasher24::new_with_key(&key), &words));
            assert_eq!(Key(key).sip(PLACE, &words), of(SipHasher13::new_with_key(&key), &words));
        }
        let key = Key(core::array::from_fn(|index| index as u8));
        assert_eq!(key.sip(HASH, &[0x0706_0504_0302_0100]), 0x93F5_F579_9A93_2462);
    }

    /// Every part of what is hashed counts.
    #[test]
    fn other_addresses_numbers_and_purposes_have_other_hashes() {
        let (key, one, other) = (Key([7; 16]), IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let all = [
            (Purpose::Cookie, [one, other], 1),
            (Purpose::Cookie, [other, one], 1),
            (Purpose::Cookie, [one, one], 1),
            (Purpose::Cookie, [one, other], 2),
            (Purpose::Port, [one, other], 1),
        ];
        for (index, (purpose, addresses, number)) in all.iter().enumerate() {
            for (purpose2, addresses2, number2) in &all[..index] {
                assert_ne!(key.hash(*purpose, addresses, *number), key.hash(*purpose2, addresses2, *number2));
                assert_ne!(key.place(*purpose, addresses, *number), key.place(*purpose2, addresses2, *number2));
            }
        }
    }
}
