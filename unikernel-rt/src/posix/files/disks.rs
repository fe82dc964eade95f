//! `/dev`: disks as files of a fixed size.

use super::{Kind, Options, Status, Tree, mounts};
use crate::devices::block::{self, Block};
use crate::posix::descriptors::{Object, Whence, sought};
use crate::posix::errno::{EACCES, EEXIST, EINVAL, EIO, EISDIR, ENODEV, ENOENT, ENOSPC, ENOTDIR, EROFS, Errno};
use crate::posix::mutex::Mutex;
use crate::sync::lock;
use crate::threads::block_on;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

/// A disk, and the name that its program has for it.
#[derive(Clone)]
struct Disk {
    name: &'static str,
    block: Block,
    /// Writes that are not of whole sectors read before: no other write may come in between.
    writer: Arc<Mutex>,
}

lock! {
    static DISKS: Vec<Disk> = Vec::new();
}

/// Lets a disk be opened as `/dev/NAME`.
pub fn add_disk(name: &'static str, block: Block) {
    let is_first = DISKS.with(|disks| {
        disks.push(Disk { name, block, writer: Arc::new(Mutex::new()) });
        disks.len() == 1
    });
    if is_first {
        mounts::mount("dev", Arc::new(Devices));
    }
}

struct Devices;

const DIRECTORY: Status = Status {
    kind: Kind::Directory,
    size_bytes: 0,
    device: mounts::ROOT_DEVICE,
    inode: 2,
    is_read_only: true,
    changed_ns: 0,
};

fn find(path: &str) -> Result<Disk, Errno> {
    DISKS.with(|disks| disks.iter().find(|disk| disk.name == path).cloned()).ok_or(ENOENT)
}

impl Tree for Devices {
    fn open(&self, path: &str, options: Options) -> Result<Arc<dyn Object>, Errno> {
        if path.is_empty() {
            return Err(EISDIR);
        }
        let disk = match find(path) {
            Ok(_) if options.creates && options.is_exclusive => return Err(EEXIST),
            Err(ENOENT) if options.creates => return Err(EACCES),
            disk => disk?,
        };
        if options.writes && disk.block.is_read_only() {
            return Err(EROFS);
        }
        Ok(Arc::new(OpenDisk { disk, position: AtomicU64::new(0), reads: options.reads, writes: options.writes }))
    }

    fn status(&self, path: &str) -> Result<Status, Errno> {
        if path.is_empty() { Ok(DIRECTORY) } else { Ok(find(path)?.status()) }
    }

    fn list(&self, path: &str, found: &mut dyn FnMut(&str, Status)) -> Result<(), Errno> {
        if !path.is_empty() {
            return Err(find(path).map_or(ENOENT, |_| ENOTDIR));
        }
        let disks = DISKS.with(|disks| disks.clone());
        disks.iter().for_each(|disk| found(disk.name, disk.status()));
        Ok(())
    }
}

impl Disk {
    fn size_bytes(&self) -> u64 {
        self.block.sectors().saturating_mul(self.block.sector_size() as u64)
    }

    /// `fstat` of a block device tells no size, on Linux as here: a program seeks to its end.
    fn status(&self) -> Status {
        let inode = self.name.as_ptr().addr() as u64;
        Status { kind: Kind::BlockDevice, inode, is_read_only: self.block.is_read_only(), ..DIRECTORY }
    }

    /// The sectors that hold some bytes: the first one, and how many bytes they are.
    fn sectors(&self, offset: u64, count: usize) -> (u64, usize) {
        let sector_bytes = self.block.sector_size() as u64;
        let first = offset / sector_bytes;
        let end = (offset + count as u64).div_ceil(sector_bytes);
        (first, ((end - first) * sector_bytes) as usize)
    }

    /// A copy of whole sectors: the caller's memory may be a stack, whose pages do not follow each other for the device.
    fn read_sectors(&self, first: u64, count: usize) -> Result<Vec<u8>, Errno> {
        let (outcome, sectors) = block_on(self.block.read_owned(first, alloc::vec![0; count]));
        outcome.map_err(errno).map(|()| sectors)
    }
}

fn errno(error: block::Error) -> Errno {
    match error {
        block::Error::ReadOnly => EROFS,
        block::Error::OutOfRange => ENOSPC,
        block::Error::Misaligned => EINVAL,
        block::Error::Device => ENODEV,
        _ => EIO,
    }
}

/// Most bytes of one transfer: what is copied at a time.
const PART_BYTES: usize = 64 << 10;

struct OpenDisk {
    disk: Disk,
    position: AtomicU64,
    reads: bool,
    writes: bool,
}

impl OpenDisk {
    /// How many of `count` bytes from `offset` on the disk has, at most so many as are transferred at once.
    fn within(&self, offset: u64, count: usize) -> usize {
        let left = self.disk.size_bytes().saturating_sub(offset);
        count.min(PART_BYTES).min(usize::try_from(left).unwrap_or(usize::MAX))
    }
}

impl Object for OpenDisk {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let position = self.position.load(Ordering::Relaxed);
        let count = self.read_at(position, buffer)?;
        self.position.store(position + count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        let position = self.position.load(Ordering::Relaxed);
        let count = self.write_at(position, bytes)?;
        self.position.store(position + count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        if !self.reads {
            return Err(crate::posix::errno::EBADF);
        }
        let count = self.within(offset, buffer.len());
        if count == 0 {
            return Ok(0);
        }
        let (first, bytes) = self.disk.sectors(offset, count);
        let sectors = self.disk.read_sectors(first, bytes)?;
        let skipped = (offset % self.disk.block.sector_size() as u64) as usize;
        buffer[..count].copy_from_slice(&sectors[skipped..skipped + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
        if !self.writes {
            return Err(crate::posix::errno::EBADF);
        }
        if bytes.is_empty() {
            return Ok(0);
        }
        let count = self.within(offset, bytes.len());
        if count == 0 {
            return Err(ENOSPC);
        }
        let (first, total) = self.disk.sectors(offset, count);
        let skipped = (offset % self.disk.block.sector_size() as u64) as usize;
        self.disk.writer.with(|| {
            let mut sectors =
                if total == count { Vec::with_capacity(total) } else { self.disk.read_sectors(first, total)? };
            sectors.resize(total, 0);
            sectors[skipped..skipped + count].copy_from_slice(&bytes[..count]);
            let (outcome, _) = block_on(self.disk.block.write_owned(first, sectors));
            outcome.map_err(errno)
        })?;
        Ok(count)
    }

    fn seek(&self, whence: Whence, distance: i64) -> Result<u64, Errno> {
        let place = sought(whence, distance, self.position.load(Ordering::Relaxed), self.disk.size_bytes())?;
        self.position.store(place, Ordering::Relaxed);
        Ok(place)
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(self.disk.status())
    }

    fn sync(&self) -> Result<(), Errno> {
        block_on(self.disk.block.flush_async()).map_err(errno)
    }
}
