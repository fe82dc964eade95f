//! The logic of `template-name`, which needs no machine: `cargo test` runs its unit tests on the host.
#![no_std]
#![forbid(unsafe_code)]

/// The bytes of a sector.
pub const SECTOR_BYTES: usize = 512;

const MAGIC: &[u8; 8] = b"BOOTS\0\0\x01";

/// What the first sector of the disk holds: how often the kernel was booted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The number of boots.
    pub boots: u64,
}

/// The sector holds something else, which must not be overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign;

impl Record {
    /// Reads a sector. One of zeros is that of a new disk.
    ///
    /// # Errors
    /// Returns [`Foreign`] if the sector was written by somebody else.
    pub fn decode(sector: &[u8; SECTOR_BYTES]) -> Result<Self, Foreign> {
        if sector.iter().all(|byte| *byte == 0) {
            return Ok(Self::default());
        }
        let rest = sector.strip_prefix(MAGIC).ok_or(Foreign)?;
        let boots = rest.first_chunk().ok_or(Foreign)?;
        Ok(Self {
            boots: u64::from_le_bytes(*boots),
        })
    }

    /// The sector that holds this record.
    #[must_use]
    pub fn encode(self) -> [u8; SECTOR_BYTES] {
        let mut sector = [0; SECTOR_BYTES];
        sector[..8].copy_from_slice(MAGIC);
        sector[8..16].copy_from_slice(&self.boots.to_le_bytes());
        sector
    }
}

#[cfg(test)]
mod tests {
    use super::{Foreign, Record, SECTOR_BYTES};

    #[test]
    fn a_record_is_read_back() {
        let record = Record {
            boots: 0x0102_0304_0506,
        };
        assert_eq!(Record::decode(&record.encode()), Ok(record));
    }

    #[test]
    fn a_new_disk_was_never_booted_with() {
        assert_eq!(Record::decode(&[0; SECTOR_BYTES]), Ok(Record { boots: 0 }));
    }

    #[test]
    fn anything_else_is_foreign() {
        assert_eq!(Record::decode(&[b'x'; SECTOR_BYTES]), Err(Foreign));
    }
}
