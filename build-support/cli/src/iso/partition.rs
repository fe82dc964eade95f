//! The EFI system partition: a FAT12 volume with one file, the application that UEFI firmware starts by default.
//!
//! Microsoft, "FAT: General Overview of On-Disk Format", version 1.03; UEFI 2.10, sections 3.5.1.1 (the name of the file) and
//! 13.3 (the format). The file is contiguous, so that the directory of the ISO can refer to a part of it.

/// Disks and FAT volumes have sectors of 512 bytes.
const SECTOR: usize = 512;
const DIRECTORY_ENTRY: usize = 32;
const ROOT_ENTRIES: usize = SECTOR / DIRECTORY_ENTRY;
/// The usual number of FATs.
const FATS: usize = 2;
/// With more clusters, a volume is FAT16.
const CLUSTERS_MAX: usize = 4084;
/// The number of the first cluster. It holds `EFI`, the next one `EFI/BOOT`, the others the file.
const FIRST_CLUSTER: u16 = 2;
const DIRECTORIES: usize = 2;
const FIXED_DISK: u8 = 0xf8;
const ATTRIBUTE_DIRECTORY: u8 = 0x10;
const ATTRIBUTE_ARCHIVE: u8 = 0x20;
/// 1980-01-01, the date of everything in the image.
const DATE: u16 = 1 << 5 | 1;

/// The layout of a volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Partition {
    file_bytes: usize,
    cluster_sectors: usize,
    fat_sectors: usize,
    reserved_sectors: usize,
    clusters: usize,
}

impl Partition {
    /// A volume for a file; `None` if the file is too large. Clusters are aligned to the sectors of an ISO.
    pub(super) fn new(file_bytes: usize) -> Option<Self> {
        let mut cluster_sectors = super::SECTOR / SECTOR;
        while cluster_sectors <= 128 {
            let clusters = DIRECTORIES + file_bytes.div_ceil(cluster_sectors * SECTOR);
            if clusters <= CLUSTERS_MAX {
                let fat_sectors = ((clusters + usize::from(FIRST_CLUSTER)) * 3).div_ceil(2).div_ceil(SECTOR);
                let others = FATS * fat_sectors + 1; // the root directory
                let reserved_sectors = (others + 1).next_multiple_of(super::SECTOR / SECTOR) - others;
                return Some(Self { file_bytes, cluster_sectors, fat_sectors, reserved_sectors, clusters });
            }
            cluster_sectors *= 2;
        }
        None
    }

    /// The size in bytes, a multiple of an ISO's sectors.
    pub(super) const fn bytes(&self) -> usize {
        self.data() + self.clusters * self.cluster_bytes()
    }

    /// The offset of the file.
    pub(super) const fn file(&self) -> usize {
        self.data() + DIRECTORIES * self.cluster_bytes()
    }

    const fn cluster_bytes(&self) -> usize {
        self.cluster_sectors * SECTOR
    }

    const fn root(&self) -> usize {
        (self.reserved_sectors + FATS * self.fat_sectors) * SECTOR
    }

    const fn data(&self) -> usize {
        self.root() + SECTOR
    }

    /// Writes everything except the file into a zeroed volume; `before` is the number of disk sectors before the volume.
    pub(super) fn write(&self, volume: &mut [u8], before: u32) {
        volume[..SECTOR].copy_from_slice(&self.boot_sector(before));
        let fat = self.table();
        for copy in 0..FATS {
            volume[(self.reserved_sectors + copy * self.fat_sectors) * SECTOR..][..fat.len()].copy_from_slice(&fat);
        }
        let boot = FIRST_CLUSTER + 1;
        let mut directory = |at: usize, entries: &[[u8; DIRECTORY_ENTRY]]| {
            volume[at..][..entries.len() * DIRECTORY_ENTRY].copy_from_slice(&entries.concat());
        };
        directory(self.root(), &[entry(b"EFI        ", ATTRIBUTE_DIRECTORY, FIRST_CLUSTER, 0)]);
        directory(
            self.data(),
            &[
                entry(b".          ", ATTRIBUTE_DIRECTORY, FIRST_CLUSTER, 0),
                entry(b"..         ", ATTRIBUTE_DIRECTORY, 0, 0),
                entry(b"BOOT       ", ATTRIBUTE_DIRECTORY, boot, 0),
            ],
        );
        directory(
            self.data() + self.cluster_bytes(),
            &[
                entry(b".          ", ATTRIBUTE_DIRECTORY, boot, 0),
                entry(b"..         ", ATTRIBUTE_DIRECTORY, FIRST_CLUSTER, 0),
                entry(b"BOOTX64 EFI", ATTRIBUTE_ARCHIVE, boot + 1, self.file_bytes as u32),
            ],
        );
    }

    fn boot_sector(&self, before: u32) -> [u8; SECTOR] {
        let sectors = (self.bytes() / SECTOR) as u32;
        let (sectors_16, sectors_32) = u16::try_from(sectors).map_or((0, sectors), |sectors| (sectors, 0));
        let mut sector = [0; SECTOR];
        let mut put = |at: usize, bytes: &[u8]| sector[at..][..bytes.len()].copy_from_slice(bytes);
        put(0, &[0xeb, 0x3c, 0x90]); // the jump that a boot sector begins with; to an endless loop
        put(3, b"UNIKERNL");
        put(11, &(SECTOR as u16).to_le_bytes());
        put(13, &[self.cluster_sectors as u8]);
        put(14, &(self.reserved_sectors as u16).to_le_bytes());
        put(16, &[FATS as u8]);
        put(17, &(ROOT_ENTRIES as u16).to_le_bytes());
        put(19, &sectors_16.to_le_bytes());
        put(21, &[FIXED_DISK]);
        put(22, &(self.fat_sectors as u16).to_le_bytes());
        put(24, &63_u16.to_le_bytes()); // the geometry that BIOSes assume
        put(26, &255_u16.to_le_bytes());
        put(28, &before.to_le_bytes());
        put(32, &sectors_32.to_le_bytes());
        put(36, &[0x80, 0, 0x29]); // a hard disk; the extended fields are valid
        put(43, b"NO NAME    FAT12   ");
        put(62, &[0xeb, 0xfe]);
        put(510, &[0x55, 0xaa]);
        sector
    }

    /// The file allocation table: for each cluster 12 bits, the number of the next one or the end mark.
    fn table(&self) -> Vec<u8> {
        const END: u16 = 0xfff;
        let first = usize::from(FIRST_CLUSTER);
        let mut entries = vec![0xf00 | u16::from(FIXED_DISK), END];
        for cluster in first..first + self.clusters {
            let is_directory = cluster < first + DIRECTORIES;
            let is_last = cluster + 1 == first + self.clusters;
            entries.push(if is_directory || is_last { END } else { cluster as u16 + 1 });
        }
        let pair = |pair: &[u16]| {
            let (one, other) = (pair[0], pair.get(1).copied().unwrap_or(0));
            [one as u8, (one >> 8 | other << 4) as u8, (other >> 4) as u8]
        };
        entries.chunks(2).flat_map(pair).collect()
    }
}

fn entry(name: &[u8; 11], attributes: u8, cluster: u16, bytes: u32) -> [u8; DIRECTORY_ENTRY] {
    let mut entry = [0; DIRECTORY_ENTRY];
    entry[..11].copy_from_slice(name);
    entry[11] = attributes;
    for date in [16, 18, 24] {
        entry[date..][..2].copy_from_slice(&DATE.to_le_bytes()); // created, accessed, written
    }
    entry[26..28].copy_from_slice(&cluster.to_le_bytes());
    entry[28..].copy_from_slice(&bytes.to_le_bytes());
    entry
}

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn sizes_follow_from_the_file() {
        let least = Partition::new(1).unwrap();
        assert_eq!((least.bytes(), least.file()), (2048 + 3 * 2048, 2048 + 2 * 2048));
        // Clusters of 2 KiB, doubled until FAT12 can number them.
        let most = Partition::new(4082 * 2048).unwrap();
        assert_eq!((most.cluster_sectors, most.clusters, most.fat_sectors), (4, 4084, 12));
        let next = Partition::new(4082 * 2048 + 1).unwrap();
        assert_eq!((next.cluster_sectors, next.clusters), (8, 2043 + 1));
        let largest = 4082 * 65536;
        assert!(Partition::new(largest).is_some_and(|volume| volume.clusters == 4084));
        assert_eq!(Partition::new(largest + 1), None);
        for bytes in [1, 100_000, 9 << 20, largest] {
            let volume = Partition::new(bytes).unwrap();
            assert!(volume.file().is_multiple_of(2048) && volume.bytes().is_multiple_of(2048));
            assert!(volume.reserved_sectors >= 1);
            assert!(volume.table().len() <= volume.fat_sectors * 512);
        }
    }
}
