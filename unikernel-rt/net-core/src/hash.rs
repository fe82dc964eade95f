//! A keyed hash (SipHash-2-4) of addresses and ports: whoever chooses them cannot choose where they fall.

use core::hash::Hasher;
use core::net::IpAddr;
use siphasher::sip::SipHasher24;

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
    Slaac,
    Mld,
}

impl Key {
    /// A hash of addresses and of numbers.
    pub(crate) fn hash(&self, purpose: Purpose, addresses: &[IpAddr], numbers: u64) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u64(numbers);
        for address in addresses {
            match address {
                IpAddr::V4(address) => hasher.write_u32(u32::from(*address)),
                IpAddr::V6(address) => hasher.write_u128(u128::from(*address)),
            }
        }
        hasher.write_u8(purpose as u8);
        hasher.finish()
    }
}
