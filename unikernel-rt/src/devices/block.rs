//! Block devices: disks, by sectors.

use crate::drivers::virtio::block::{Attached, Device, Prepared};
use crate::drivers::virtio::{self, DeviceType};
use crate::kernel::Boot;
use crate::kernel::Kernel;

pub use crate::drivers::virtio::block::{BlockError, Storage, Transfer};

/// A block device.
///
/// It is read and written in whole sectors, any number of them at once. A [`Transfer`] begins when it is made; it ends with
/// `.wait()`, or in an `async fn` with `.await`, and several can be under way:
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # fn example(block: Block) -> Result<(), BlockError> {
/// let mut sectors = [0; 4 * 512];
/// block.read(0, &mut sectors).wait()?;
///
/// let (first, second) = sectors.split_at(2 * 512);
/// let (one, other) = (block.write(10, first), block.write(20, second));
/// one.wait()?;
/// other.wait()?;
/// block.flush().wait()?; // from here on a loss of power changes nothing
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
        self.device.geometry().blocks
    }

    /// Bytes of a sector: 512 on most disks, 4,096 on some.
    #[must_use]
    pub fn sector_size(self) -> usize {
        self.device.geometry().block_bytes as usize
    }

    /// Whether writes are refused: the device is read-only, or was declared with `read_only`.
    #[must_use]
    pub fn is_read_only(self) -> bool {
        self.is_read_only
    }

    /// Reads as many sectors as fill `buffer`, from sector `first` on.
    ///
    /// # Errors
    /// The transfer ends with [`BlockError::OutOfRange`], [`BlockError::Misaligned`], [`BlockError::Io`] or
    /// [`BlockError::Device`].
    pub fn read(self, first: u64, buffer: &mut [u8]) -> Transfer<'_> {
        match self.check(first, buffer.len()) {
            Ok(()) if !buffer.is_empty() => Transfer::read(self.device, first, buffer),
            outcome => Transfer::over(self.device, outcome),
        }
    }

    /// Writes all of `data`, whole sectors, from sector `first` on.
    ///
    /// When it has succeeded, the device has the data; [`flush`](Block::flush) makes it keep them for good.
    ///
    /// # Errors
    /// The transfer ends with [`BlockError::ReadOnly`], [`BlockError::OutOfRange`], [`BlockError::Misaligned`],
    /// [`BlockError::Io`] or [`BlockError::Device`].
    pub fn write(self, first: u64, data: &[u8]) -> Transfer<'_> {
        let writable = if self.is_read_only { Err(BlockError::ReadOnly) } else { Ok(()) };
        match writable.and_then(|()| self.check(first, data.len())) {
            Ok(()) if !data.is_empty() => Transfer::write(self.device, first, data),
            outcome => Transfer::over(self.device, outcome),
        }
    }

    /// Has the device keep everything for good that it has acknowledged until now.
    ///
    /// # Errors
    /// The transfer ends with [`BlockError::Io`] or [`BlockError::Device`].
    pub fn flush(self) -> Transfer<'static> {
        Transfer::flush(self.device)
    }

    fn check(self, first: u64, size_bytes: usize) -> Result<(), BlockError> {
        let geometry = self.device.geometry();
        check(geometry.blocks, geometry.block_bytes, first, size_bytes)
    }
}

/// Whether so many bytes from a sector on are whole sectors of the device.
fn check(sectors: u64, sector_bytes: u32, first: u64, size_bytes: usize) -> Result<(), BlockError> {
    // A device's block size is a power of two.
    if size_bytes & (sector_bytes as usize - 1) != 0 {
        return Err(BlockError::Misaligned);
    }
    let count = size_bytes as u64 >> sector_bytes.trailing_zeros();
    if first > sectors || count > sectors - first { Err(BlockError::OutOfRange) } else { Ok(()) }
}

/// What a `block` declares.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Its name.
    pub name: &'static str,
    /// Whether writes are refused without asking the device.
    pub read_only: bool,
}

/// Claims the next block device; stops the boot if there is none.
pub fn attach<K: Kernel>(boot: &Boot<K>, storage: &'static Storage, options: Options) -> Block {
    let Options { name, read_only } = options;
    let mut transport = virtio::claim(boot, DeviceType::Block, name, |_| true);
    match Prepared::new(&mut transport) {
        Ok(prepared) => {
            let device = storage.keep(Device::new(transport, prepared));
            Block { device, is_read_only: read_only || device.geometry().is_read_only }
        }
        Err(refusal) => transport.refuse::<K>(name, refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::{BlockError, check};

    #[test]
    fn transfers_are_whole_sectors_inside_of_the_device() {
        for (first, size_bytes, expected) in [
            (0, 512, Ok(())),
            (99_999, 512, Ok(())),
            (0, 100_000 * 512, Ok(())),
            (100_000, 0, Ok(())),
            (100_000, 512, Err(BlockError::OutOfRange)),
            (100_001, 0, Err(BlockError::OutOfRange)),
            (99_989, 12 * 512, Err(BlockError::OutOfRange)),
            (0, 100_001 * 512, Err(BlockError::OutOfRange)),
            (1, 100_000 * 512, Err(BlockError::OutOfRange)),
            (u64::MAX, 512, Err(BlockError::OutOfRange)),
            (u64::MAX, usize::MAX & !511, Err(BlockError::OutOfRange)),
            (0, 1, Err(BlockError::Misaligned)),
            (0, 511, Err(BlockError::Misaligned)),
            (0, 513, Err(BlockError::Misaligned)),
            (u64::MAX, 513, Err(BlockError::Misaligned)),
        ] {
            assert_eq!(check(100_000, 512, first, size_bytes), expected, "{size_bytes} bytes at {first}");
        }
        assert_eq!(check(10, 4096, 9, 4096), Ok(()));
        assert_eq!(check(10, 4096, 9, 512), Err(BlockError::Misaligned));
        assert_eq!(check(0, 512, 0, 512), Err(BlockError::OutOfRange));
    }
}
