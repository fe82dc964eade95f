//! The disk of a volume, and the sector buffer for its tables.

use crate::kv::error::Error;

/// The unit in which a volume is read. Its own sectors may be larger.
pub(crate) use crate::drivers::virtio::block::SECTOR_BYTES;

/// A disk.
pub(crate) trait Disk {
    /// Its size in units of [`SECTOR_BYTES`].
    fn sectors(&self) -> u64;

    /// Fills `buffer`, which is as long as some whole sectors, from sector `first` on.
    ///
    /// # Errors
    /// Returns [`Error::Io`] if the disk cannot be read.
    async fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), Error>;
}

impl<D: Disk> Disk for &D {
    fn sectors(&self) -> u64 {
        D::sectors(self)
    }

    async fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), Error> {
        D::read(self, first, buffer).await
    }
}

/// The sector that was read last.
#[derive(Clone)]
pub(crate) struct Sector {
    /// Which one; none at first, and while one is read.
    number: Option<u64>,
    bytes: [u8; SECTOR_BYTES],
}

impl Sector {
    pub(crate) const EMPTY: Sector = Sector { number: None, bytes: [0; SECTOR_BYTES] };

    /// The bytes of a sector.
    pub(super) async fn load(&mut self, disk: &impl Disk, number: u64) -> Result<&[u8; SECTOR_BYTES], Error> {
        if self.number != Some(number) {
            self.number = None;
            if number >= disk.sectors() {
                return Err(Error::Corrupt("the volume is larger than the device"));
            }
            disk.read(number, &mut self.bytes).await?;
            self.number = Some(number);
        }
        Ok(&self.bytes)
    }
}
