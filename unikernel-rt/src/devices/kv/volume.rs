//! Where a kernel keeps a FAT volume, and the block device that holds it.

use super::Kv;
use super::store::Store;
use crate::devices::block::{self, Block};
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kv::error::Error;
use crate::kv::fat::{self, Disk, disk::SECTOR_BYTES};
use spin::Once;

/// Storage for a volume and its block device.
pub struct Volume {
    block: block::Storage,
    /// Set when the volume is attached.
    mounted: Once<Result<fat::Volume<Block>, Error>>,
}

impl Volume {
    /// Storage without a volume.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Volume { block: block::Storage::new(), mounted: Once::new() }
    }

    /// The volume, or why there is none.
    pub(super) fn mounted(&'static self) -> Result<&'static fat::Volume<Block>, Error> {
        match self.mounted.get() {
            Some(mounted) => mounted.as_ref().map_err(|error| *error),
            // There is no handle by which to come here before.
            None => Err(Error::Device),
        }
    }
}

impl core::fmt::Debug for Volume {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Volume")
    }
}

impl Disk for Block {
    fn sectors(&self) -> u64 {
        Block::sectors(*self)
    }

    async fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), Error> {
        Block::read(*self, first, buffer).await.map_err(|_| Error::Device)
    }
}

/// Claims the next block device, which must be there, and mounts its volume. A volume that is none is told by what is asked of
/// it, so that the application can say so in its own way, or do without.
pub fn attach_fat<K: Kernel>(boot: &Boot<K>, volume: &'static Volume, name: &'static str) -> Kv {
    let block = block::attach(boot, &volume.block, block::Options { name, read_only: true });
    let mounted = if block.sector_size() == SECTOR_BYTES {
        super::Request::new(fat::Volume::mount(block)).wait()
    } else {
        Err(Error::NotFat("sectors of other than 512 bytes are not supported"))
    };
    volume.mounted.call_once(|| mounted);
    Kv { store: Store::Fat(volume) }
}
