//! Keyed hashes (SipHash) of addresses and ports: whoever chooses them cannot choose where they fall, nor guess what is made of them.

use crate::address::IpAddr;
use core::hash::Hasher;
use siphasher::sip::{SipHasher13, SipHasher24};

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

impl Key {
    /// The place of an entry in a table. Nobody outside sees it, so that SipHash-1-3 is enough, as it is for the tables of std. The number
    /// has at most 56 bits.
    pub(crate) fn place(&self, purpose: Purpose, addresses: &[IpAddr], number: u64) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.0);
        hasher.write_u64(number | (purpose as u64) << 56);
        write(&mut hasher, addresses);
        hasher.finish()
    }

    /// A hash of addresses and of numbers that others see, or something that is made of it (SipHash-2-4).
    pub(crate) fn hash(&self, purpose: Purpose, addresses: &[IpAddr], numbers: u64) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u64(numbers);
        write(&mut hasher, addresses);
        hasher.write_u64(purpose as u64);
        hasher.finish()
    }
}

/// Whole words alone: the code for parts of them is most of a hasher's.
fn write(hasher: &mut impl Hasher, addresses: &[IpAddr]) {
    if let [IpAddr::V4(one), IpAddr::V4(other)] = *addresses {
        return hasher.write_u64(u64::from(u32::from(one)) << 32 | u64::from(u32::from(other)));
    }
    for address in addresses {
        match address {
            IpAddr::V4(address) => hasher.write_u64(u64::from(u32::from(*address))),
            IpAddr::V6(address) => {
                let bits = u128::from_be_bytes(address.octets());
                hasher.write_u64((bits >> 64) as u64);
                hasher.write_u64(bits as u64);
            }
        }
    }
}
