//! FAT12, FAT16 and FAT32 volumes, for reading.
//!
//! `hadris-fat-raw` decodes boot sectors, table entries and directory slots without I/O; this module walks them. Its own driver
//! was rejected: it reads 512 bytes at a time through one buffer, and an open file is a slot behind one `&mut`. Here a mounted
//! volume is immutable, every reader has its own sector buffer for tables and directories, and file data goes from the device
//! directly to its destination, contiguous clusters in one request. So tasks can read concurrently without locks.
//!
//! A volume is not trusted: its fields are checked against the size of the device, walks are bounded by the capacity of the
//! volume, and a contradiction is [`Error::Corrupt`].

mod directory;
pub(crate) mod disk;
mod file;
mod label;
mod list;
mod name;

pub(crate) use disk::Disk;
pub(crate) use file::File;
pub(crate) use list::List;

use super::error::Error;
use disk::{SECTOR_BYTES, Sector};
use hadris_fat_raw::{BootError, ChainError, Geometry, parse_boot};

/// Bytes of a slot of a directory.
const ENTRY_BYTES: u64 = hadris_fat_raw::ENTRY_SIZE as u64;
/// Offset and layout of the partition table in sector 0.
const PARTITIONS: usize = 446;
const PARTITION_BYTES: usize = 16;
const PARTITION_COUNT: usize = 4;
/// Types of partitions that hold FAT volumes: FAT12, FAT16 three times, FAT32 twice, and the EFI system partition.
const FAT_TYPES: [u8; 7] = [0x01, 0x04, 0x06, 0x0e, 0x0b, 0x0c, 0xef];
/// The type of a protective MBR, which means that there is a GPT.
const PROTECTIVE: u8 = 0xee;

/// A mounted volume.
#[derive(Debug)]
pub(crate) struct Volume<D> {
    disk: D,
    /// Its first sector on the disk.
    first_sector: u64,
    geometry: Geometry,
}

impl<D: Disk> Volume<D> {
    /// Finds the volume of a disk: the whole disk, or its first FAT partition.
    pub(crate) async fn mount(disk: D) -> Result<Self, Error> {
        let mut sector = Sector::EMPTY;
        if disk.sectors() == 0 {
            return Err(Error::NotFat("the device is empty"));
        }
        let boot = *sector.load(&disk, 0).await?;
        let (first_sector, geometry) = match parse_boot(&boot) {
            Ok(geometry) => (0, geometry),
            Err(error) => {
                let Some(first_sector) = first_partition(&boot)? else { return Err(refused(error)) };
                let boot = sector.load(&disk, first_sector).await?;
                (first_sector, parse_boot(boot).map_err(refused)?)
            }
        };
        let size_bytes = disk.sectors().saturating_sub(first_sector).saturating_mul(SECTOR_BYTES as u64);
        if geometry.data_end() > size_bytes {
            return Err(Error::Corrupt("the volume is larger than the device"));
        }
        Ok(Volume { disk, first_sector, geometry })
    }

    /// The sector that holds this byte of the volume.
    async fn sector_at<'s>(&self, sector: &'s mut Sector, byte: u64) -> Result<&'s [u8; SECTOR_BYTES], Error> {
        sector.load(&self.disk, self.first_sector + byte / SECTOR_BYTES as u64).await
    }

    /// The cluster after `cluster` in its chain; `None` at the end.
    async fn next(&self, sector: &mut Sector, cluster: u32) -> Result<Option<u32>, Error> {
        let kind = self.geometry.kind();
        let offset = self.geometry.fat_copy(self.geometry.active_fat()) + kind.entry_offset(u64::from(cluster));
        let mut entry = [0; 4];
        // One byte at a time: an entry of FAT12 may span two sectors.
        for (byte, offset) in entry.iter_mut().take(kind.entry_len()).zip(offset..) {
            *byte = self.sector_at(sector, offset).await?[offset as usize % SECTOR_BYTES];
        }
        kind.next(kind.decode(u64::from(cluster), &entry), self.geometry.max_cluster()).map_err(|error| match error {
            ChainError::Bad => Error::Corrupt("a cluster chain leads to a bad cluster"),
            _ => Error::Corrupt("a cluster chain leads out of the volume"),
        })
    }

    /// Where a cluster begins.
    fn cluster_at(&self, cluster: u32) -> Result<u64, Error> {
        self.geometry.cluster_offset(cluster).ok_or(Error::Corrupt("an entry begins outside the volume"))
    }
}

/// The first sector of the first FAT partition; `None` without a partition table.
fn first_partition(sector: &[u8; SECTOR_BYTES]) -> Result<Option<u64>, Error> {
    let (entries, signature) = sector[PARTITIONS..].split_at(PARTITION_COUNT * PARTITION_BYTES);
    let partitions = || entries.as_chunks::<PARTITION_BYTES>().0.iter();
    // The first byte of an entry is the boot flag, which has no other values in a valid table.
    if signature != [0x55, 0xaa] || partitions().any(|entry| entry[0] & 0x7f != 0) {
        return Ok(None);
    }
    let first_sector = |entry: &[u8; PARTITION_BYTES]| u32::from_le_bytes([entry[8], entry[9], entry[10], entry[11]]);
    let is_fat = |entry: &&[u8; PARTITION_BYTES]| FAT_TYPES.contains(&entry[4]) && first_sector(entry) != 0;
    match partitions().find(is_fat) {
        Some(entry) => Ok(Some(u64::from(first_sector(entry)))),
        None if partitions().any(|entry| entry[4] == PROTECTIVE) => {
            Err(Error::NotFat("the device has a GPT, which is not supported"))
        }
        None if partitions().any(|entry| entry[4] != 0) => Err(Error::NotFat("the device has no FAT partition")),
        None => Ok(None),
    }
}

fn refused(error: BootError) -> Error {
    match error {
        BootError::NotFat(text) => Error::NotFat(text),
        BootError::Corrupt(text) => Error::Corrupt(text),
        BootError::Signature(_) => Error::Corrupt("the boot sector does not end with its signature"),
        BootError::RootCluster { .. } => Error::Corrupt("the root folder begins outside the volume"),
        _ => Error::Corrupt("the boot sector is invalid"),
    }
}

#[cfg(test)]
pub(super) mod tests;
