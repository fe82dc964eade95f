//! Ethernet II frames (RFC 894, RFC 2464), and the addresses of groups.

use crate::address::IpAddr;

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 14;

pub(crate) const IPV4: u16 = 0x0800;
pub(crate) const ARP: u16 = 0x0806;
pub(crate) const IPV6: u16 = 0x86DD;

/// The address of a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Every card of the link.
    pub const BROADCAST: Mac = Mac([0xFF; 6]);
    /// No card.
    pub const UNSPECIFIED: Mac = Mac([0; 6]);

    /// Whether it is one card's own address.
    pub const fn is_unicast(self) -> bool {
        self.0[0] & 1 == 0
            && u64::from_be_bytes([0, 0, self.0[0], self.0[1], self.0[2], self.0[3], self.0[4], self.0[5]]) != 0
    }

    /// The address of an IP group: RFC 1112, section 6.4; RFC 2464, section 7.
    pub(crate) fn of_group(address: IpAddr) -> Mac {
        match address {
            IpAddr::V4(address) => {
                let [_, b, c, d] = address.octets();
                Mac([0x01, 0x00, 0x5E, b & 0x7F, c, d])
            }
            IpAddr::V6(address) => {
                let octets = address.octets();
                Mac([0x33, 0x33, octets[12], octets[13], octets[14], octets[15]])
            }
        }
    }
}

/// The header of a frame.
pub(crate) fn header(destination: Mac, source: Mac, kind: u16) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..6].copy_from_slice(&destination.0);
    header[6..12].copy_from_slice(&source.0);
    header[12..].copy_from_slice(&kind.to_be_bytes());
    header
}
