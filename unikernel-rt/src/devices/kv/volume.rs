//! Storage of a kernel's FAT volume and its block device.

use super::Kv;
use super::store::Store;
use crate::devices::block::{self, Block, Pool};
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kv::error::Error;
use crate::kv::fat::{self, Disk, disk::SECTOR_BYTES};
use core::future::poll_fn;
use core::task::{Poll, Waker};
use spin::Once;

/// Storage for a volume and its block device.
pub struct Volume {
    block: block::Storage,
    buffers: Buffers,
    mounted: Once<Result<fat::Volume<VolumeDisk>, Error>>,
}

/// Bounce buffers for awaited reads; the count limits concurrent ones.
type Buffers = Pool<4, BUFFER_BYTES>;
const BUFFER_BYTES: usize = 8192;

impl Volume {
    /// Storage without a volume.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Volume { block: block::Storage::new(), buffers: Pool::new(), mounted: Once::new() }
    }

    /// The volume, or why it could not be mounted.
    pub(super) fn mounted(&'static self) -> Result<&'static fat::Volume<VolumeDisk>, Error> {
        match self.mounted.get() {
            Some(mounted) => mounted.as_ref().map_err(|error| *error),
            // Unreachable: no handle exists before `set`.
            None => Err(Error::Io),
        }
    }
}

impl core::fmt::Debug for Volume {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Volume")
    }
}

/// The disk that a volume lies on.
pub(super) struct VolumeDisk {
    block: Block,
    buffers: &'static Buffers,
}

impl core::fmt::Debug for VolumeDisk {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.block.fmt(formatter)
    }
}

impl Disk for VolumeDisk {
    fn sectors(&self) -> u64 {
        self.block.sectors()
    }

    /// Reads directly into `buffer` if the caller blocks. A future may be dropped or forgotten, and `buffer` reused: then the
    /// device reads into a buffer of the volume, and the data is copied.
    async fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), Error> {
        if is_waited_for().await {
            return self.block.read(first, buffer).map_err(|_| Error::Io);
        }
        for (sector, piece) in (first..).step_by(BUFFER_BYTES / SECTOR_BYTES).zip(buffer.chunks_mut(BUFFER_BYTES)) {
            let outcome = match self.buffers.take() {
                Some(mut owned) => {
                    owned.truncate(piece.len());
                    let (outcome, owned) = self.block.read_owned(sector, owned).await;
                    piece.copy_from_slice(&owned);
                    outcome
                }
                // All buffers are in use: this read blocks.
                None => self.block.read(sector, piece),
            };
            outcome.map_err(|_| Error::Io)?;
        }
        Ok(())
    }
}

/// Whether a [`super::Request`] is being waited for by blocking: nothing else can run meanwhile.
fn is_waited_for() -> impl Future<Output = bool> {
    poll_fn(|context| Poll::Ready(context.waker().will_wake(Waker::noop())))
}

/// Claims the next block device, which must exist, and mounts its volume. A failure to mount is returned by each later
/// operation, so that the application can handle it.
pub fn attach_fat<K: Kernel>(boot: &Boot<K>, volume: &'static Volume, name: &'static str) -> Kv {
    let block = block::attach(boot, &volume.block, block::Options { name, read_only: true });
    let mounted = if block.sector_size() == SECTOR_BYTES {
        super::Request::new(fat::Volume::mount(VolumeDisk { block, buffers: &volume.buffers })).wait()
    } else {
        Err(Error::NotFat("sectors of other than 512 bytes are not supported"))
    };
    volume.mounted.call_once(|| mounted);
    Kv { store: Store::Fat(volume) }
}
