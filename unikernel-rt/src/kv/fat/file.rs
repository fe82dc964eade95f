//! Files: chains of clusters, read from any offset.

use super::disk::{Disk, Sector};
use super::{SECTOR_BYTES, Volume};
use crate::kv::error::Error;
use hadris_fat_raw::{ChainGuard, ShortEntry};

/// An open file: where its chain was walked to, and its own sector for what does not fill whole ones.
#[derive(Clone)]
pub(crate) struct File {
    size_bytes: u32,
    pub(super) first: u32,
    /// The cluster of this index in the chain.
    index: u32,
    cluster: u32,
    guard: ChainGuard,
    sector: Sector,
}

impl File {
    pub(crate) fn size_bytes(&self) -> u64 {
        u64::from(self.size_bytes)
    }
}

impl<D: Disk> Volume<D> {
    /// Opens a file.
    pub(crate) async fn open(&self, key: &str) -> Result<File, Error> {
        let mut sector = Sector::EMPTY;
        let entry = self.find(&mut sector, key).await?;
        let first = self.check_extent(&entry)?;
        Ok(File { size_bytes: entry.size(), first, index: 0, cluster: first, guard: ChainGuard::new(first), sector })
    }

    /// The first cluster of a file that can be as long as it says.
    pub(super) fn check_extent(&self, entry: &ShortEntry) -> Result<u32, Error> {
        let first = entry.first_cluster(self.geometry.kind());
        if entry.size() != 0 {
            self.cluster_at(first)?;
            if u64::from(entry.size()) > self.geometry.data_end() - self.geometry.data_start() {
                return Err(Error::Corrupt("a file is larger than the volume"));
            }
        }
        Ok(first)
    }

    /// Reads from `offset` on: as much as `buffer` takes, less at the end of the file; says how much.
    pub(crate) async fn read(&self, file: &mut File, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let left = file.size_bytes().saturating_sub(offset);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let mut unread = buffer.get_mut(..wanted).unwrap_or_default();
        let mut offset = offset as u32; // it is below the size, or nothing is wanted
        while !unread.is_empty() {
            let (begin, length) = self.run(file, offset, unread.len()).await?;
            let (now, later) = unread.split_at_mut(length);
            self.transfer(&mut file.sector, begin, now).await?;
            offset += length as u32;
            unread = later;
        }
        Ok(wanted)
    }

    /// Where the byte at `offset` is, and how many of `wanted` bytes follow it without a gap.
    async fn run(&self, file: &mut File, offset: u32, wanted: usize) -> Result<(u64, usize), Error> {
        let cluster_bytes = self.geometry.cluster_size();
        self.seek(file, offset >> self.geometry.cluster_shift()).await?;
        let inside = offset & (cluster_bytes - 1);
        let begin = self.cluster_at(file.cluster)? + u64::from(inside);
        let mut length = (cluster_bytes - inside) as usize;
        while length < wanted {
            let before = file.cluster;
            let next = self.step(file).await?;
            if next != before + 1 {
                break;
            }
            length += cluster_bytes as usize;
        }
        Ok((begin, length.min(wanted)))
    }

    /// Walks to the cluster at `index`.
    async fn seek(&self, file: &mut File, index: u32) -> Result<(), Error> {
        if index < file.index {
            (file.index, file.cluster, file.guard) = (0, file.first, ChainGuard::new(file.first));
        }
        while file.index < index {
            self.step(file).await?;
        }
        Ok(())
    }

    /// Walks to the next cluster.
    async fn step(&self, file: &mut File) -> Result<u32, Error> {
        let next = self.next(&mut file.sector, file.cluster).await?;
        let next = next.ok_or(Error::Corrupt("the cluster chain of a file is too short"))?;
        if !file.guard.step(next) {
            return Err(Error::Corrupt("the cluster chain of a file is a loop"));
        }
        file.cluster = next;
        file.index += 1;
        Ok(next)
    }

    /// Reads bytes that follow each other on the disk: whole sectors straight to where they are wanted, all of them at once.
    async fn transfer(&self, sector: &mut Sector, begin: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let inside = begin as usize % SECTOR_BYTES;
        let head = if inside == 0 { 0 } else { buffer.len().min(SECTOR_BYTES - inside) };
        let (first, rest) = buffer.split_at_mut(head);
        let (whole, last) = rest.split_at_mut(rest.len() / SECTOR_BYTES * SECTOR_BYTES);
        let begin_of_whole = begin + head as u64;
        if !first.is_empty() {
            let bytes = self.sector_at(sector, begin).await?;
            first.copy_from_slice(bytes.get(inside..inside + head).unwrap_or_default());
        }
        if !whole.is_empty() {
            self.disk.read(self.first_sector + begin_of_whole / SECTOR_BYTES as u64, whole).await?;
        }
        if !last.is_empty() {
            let bytes = self.sector_at(sector, begin_of_whole + whole.len() as u64).await?;
            last.copy_from_slice(bytes.get(..last.len()).unwrap_or_default());
        }
        Ok(())
    }
}
