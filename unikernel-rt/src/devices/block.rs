//! Block devices: disks, by sectors.

mod choice;
mod storage;
mod transfer;

use crate::drivers::virtio::block::Operation;
use crate::drivers::virtio::dma::{self, Memory};
use crate::kernel::Boot;
use crate::kernel::Kernel;
use choice::First;
use storage::Attached;
use transfer::Job;

pub use crate::drivers::virtio::block::{Error, SECTOR_BYTES};
pub use crate::drivers::virtio::dma::{Buffer, BufferMut, Pool, PoolBuffer};
pub use storage::Storage;
pub use transfer::{Flush, Transfer};

/// A block device.
///
/// It is read and written in whole sectors, any number of them at once. [`read`](Block::read), [`write`](Block::write) and
/// [`flush`](Block::flush) block, with the processor halted:
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::block;
/// # fn example(block: Block) -> Result<(), block::Error> {
/// assert!(!block.is_read_only() && block.sectors() > 14 && block.sector_size() == 512);
/// let mut sectors = [0; 4 * 512];
/// block.read(0, &mut sectors)?;
/// block.write(10, &sectors)?;
/// block.flush()?; // the data now survives a power loss
/// # Ok(())
/// # }
/// ```
///
/// Several transfers can be in flight at once, while other tasks run, if each transfer owns its buffer and returns it at the end:
/// static memory, a buffer of a [`Pool`], or with the feature `alloc` and a declared `heap`, a `Vec` or a `Box`.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// use unikernel_rt::block::{self, Pool};
///
/// static BUFFERS: Pool<2, 4096> = Pool::new();
///
/// # async fn example(block: Block) -> Result<(), block::Error> {
/// let (first, second) = (BUFFERS.take().unwrap(), BUFFERS.take().unwrap());
/// let (first, second) = (block.read_owned(0, first), block.read_owned(8, second));
/// let (outcome, first) = first.await; // or `.wait()`, in a function that is not `async`
/// outcome?;
/// let (outcome, second) = second.await;
/// outcome?;
/// assert_eq!(first[..], second[..]);
/// let (outcome, mut first) = block.write_owned(16, first).await;
/// outcome?;
/// first.truncate(512); // for a transfer of one sector next time
/// block.flush_async().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Block {
    device: Attached,
    is_read_only: bool,
}

impl Block {
    /// The number of sectors.
    #[must_use]
    pub fn sectors(self) -> u64 {
        self.device.geometry().sectors
    }

    /// Bytes of a sector: 512 on most disks, 4,096 on some.
    #[must_use]
    pub fn sector_size(self) -> usize {
        self.device.geometry().sector_bytes as usize
    }

    /// Whether writes are refused: the device is read-only, or was declared with `read_only`.
    #[must_use]
    pub fn is_read_only(self) -> bool {
        self.is_read_only
    }

    /// Fills `buffer` with sectors from `sector` on. Blocks; in an `async fn` this blocks all other tasks, too.
    ///
    /// # Errors
    /// Returns [`Error::OutOfRange`], [`Error::Misaligned`], [`Error::Io`] or [`Error::Device`].
    pub fn read(self, sector: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.check(sector, buffer.len())?;
        dma::lend_mut(buffer, |memory| self.begin(Operation::Read, sector, memory).wait())
    }

    /// Writes all of `data`, whole sectors, from `sector` on. Blocks; in an `async fn` this blocks all other tasks, too.
    ///
    /// On success the device has the data, possibly in a volatile cache; [`flush`](Block::flush) makes it durable.
    ///
    /// # Errors
    /// Returns [`Error::ReadOnly`], [`Error::OutOfRange`], [`Error::Misaligned`], [`Error::Io`] or [`Error::Device`].
    pub fn write(self, sector: u64, data: &[u8]) -> Result<(), Error> {
        self.check_write(sector, data.len())?;
        dma::lend(data, |memory| self.begin(Operation::Write, sector, memory).wait())
    }

    /// Makes all completed writes durable. Blocks; in an `async fn` this blocks all other tasks, too.
    ///
    /// # Errors
    /// Returns [`Error::Io`] or [`Error::Device`].
    pub fn flush(self) -> Result<(), Error> {
        self.flush_async().wait()
    }

    /// Starts to fill `buffer` with sectors from `sector` on; the buffer is returned with the outcome.
    ///
    /// # Errors
    /// The transfer returns those of [`read`](Block::read).
    pub fn read_owned<B: BufferMut>(self, sector: u64, buffer: B) -> Transfer<B> {
        let memory = buffer.into_memory();
        Transfer::new(match self.check(sector, memory.length()) {
            Ok(()) => self.begin(Operation::Read, sector, memory),
            refused => Job::over(self.device, memory, refused),
        })
    }

    /// Starts to write all of `data`, whole sectors, from `sector` on; the buffer is returned with the outcome.
    ///
    /// # Errors
    /// The transfer returns those of [`write`](Block::write).
    pub fn write_owned<B: Buffer>(self, sector: u64, data: B) -> Transfer<B> {
        let memory = data.into_memory();
        Transfer::new(match self.check_write(sector, memory.length()) {
            Ok(()) => self.begin(Operation::Write, sector, memory),
            refused => Job::over(self.device, memory, refused),
        })
    }

    /// Starts a [`flush`](Block::flush).
    ///
    /// # Errors
    /// Returns those of [`flush`](Block::flush).
    pub fn flush_async(self) -> Flush {
        Flush(Job::begin(self.device, Operation::Flush, 0, Memory::none()))
    }

    /// Starts a transfer, unless there is nothing to transfer.
    fn begin(self, operation: Operation, sector: u64, memory: Memory) -> Job {
        if memory.length() == 0 {
            return Job::over(self.device, memory, Ok(()));
        }
        Job::begin(self.device, operation, sector, memory)
    }

    fn check_write(self, sector: u64, size_bytes: usize) -> Result<(), Error> {
        if self.is_read_only { Err(Error::ReadOnly) } else { self.check(sector, size_bytes) }
    }

    fn check(self, sector: u64, size_bytes: usize) -> Result<(), Error> {
        let geometry = self.device.geometry();
        check(geometry.sectors, geometry.sector_bytes, sector, size_bytes)
    }
}

/// Checks that a range of bytes from a sector on consists of whole sectors within the device.
fn check(sectors: u64, sector_bytes: u32, first: u64, size_bytes: usize) -> Result<(), Error> {
    // A power of two.
    if size_bytes & (sector_bytes as usize - 1) != 0 {
        return Err(Error::Misaligned);
    }
    let count = size_bytes as u64 >> sector_bytes.trailing_zeros();
    if first > sectors || count > sectors - first { Err(Error::OutOfRange) } else { Ok(()) }
}

/// The declaration of a `block`.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Its name.
    pub name: &'static str,
    /// Whether writes are refused without asking the device.
    pub read_only: bool,
}

/// Claims the next disk; stops the boot if there is none. Never the one that the kernel was booted from, nor one whose serial another block
/// device declares.
pub fn attach<K: Kernel>(boot: &Boot<K>, storage: &'static Storage, options: Options) -> Block {
    attach_disk(boot, storage, options, None)
}

/// Claims the disk with the serial that the boot argument at `argument` says, if it has a value; else as [`attach`].
pub fn attach_by_serial<K: Kernel>(
    boot: &Boot<K>,
    storage: &'static Storage,
    options: Options,
    argument: usize,
) -> Block {
    attach_disk(boot, storage, options, choice::wanted(boot, argument))
}

fn attach_disk<K: Kernel>(
    boot: &Boot<K>,
    storage: &'static Storage,
    Options { name, read_only }: Options,
    serial: Option<&str>,
) -> Block {
    let device = match choice::first(boot, name, serial) {
        #[cfg(feature = "scsi")]
        First::Shared(kept) => storage.share(kept),
        First::Own(transport) => {
            let place = transport.place;
            let settled = storage.start(transport, |device| choice::settle(boot, name, serial, device, place));
            settled.unwrap_or_else(|refused| refused.stop::<K>(name))
        }
    };
    Block { device, is_read_only: read_only || device.geometry().is_read_only }
}

#[cfg(test)]
mod tests {
    use super::{Error, check};

    #[test]
    fn transfers_are_whole_sectors_inside_of_the_device() {
        for (first, size_bytes, expected) in [
            (0, 512, Ok(())),
            (99_999, 512, Ok(())),
            (0, 100_000 * 512, Ok(())),
            (100_000, 0, Ok(())),
            (100_000, 512, Err(Error::OutOfRange)),
            (100_001, 0, Err(Error::OutOfRange)),
            (99_989, 12 * 512, Err(Error::OutOfRange)),
            (0, 100_001 * 512, Err(Error::OutOfRange)),
            (1, 100_000 * 512, Err(Error::OutOfRange)),
            (u64::MAX, 512, Err(Error::OutOfRange)),
            (u64::MAX, usize::MAX & !511, Err(Error::OutOfRange)),
            (0, 1, Err(Error::Misaligned)),
            (0, 511, Err(Error::Misaligned)),
            (0, 513, Err(Error::Misaligned)),
            (u64::MAX, 513, Err(Error::Misaligned)),
        ] {
            assert_eq!(check(100_000, 512, first, size_bytes), expected, "{size_bytes} bytes at {first}");
        }
        assert_eq!(check(10, 4096, 9, 4096), Ok(()));
        assert_eq!(check(10, 4096, 9, 512), Err(Error::Misaligned));
        assert_eq!(check(0, 512, 0, 512), Err(Error::OutOfRange));
    }
}
