//! An open value: read from any offset, or from beginning to end.

use super::request::Request;
use super::store::Store;
use crate::kv::embedded;
use crate::kv::error::Error;
#[cfg(feature = "kv-fat")]
use crate::kv::fat;
use core::future::Future;

/// An open value.
///
/// It remembers its last position on the volume, so that reading it in pieces costs no more than reading it whole. Any number may
/// be open at once. It implements `Read` and `Seek` of `embedded_io`, and with the feature `async` those of `embedded_io_async`.
///
/// ```no_run
/// # use unikernel_rt::kv::{Error, File};
/// # use unikernel_rt::prelude::*;
/// # fn example(store: Kv) -> Result<(), Error> {
/// let mut file: File = store.open("film.mp4").wait()?;
/// let mut buffer = [0; 4096];
/// let length = match file.bytes() {
///     Some(whole) => whole.len(), // embedded: it is in memory already
///     None => file.read(file.size() / 2, &mut buffer).wait()?,
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct File {
    source: Source,
    /// The position of the traits' next read.
    position: u64,
}

#[allow(clippy::large_enum_variant)] // There is nowhere else to put it, and a kernel mostly has one kind.
#[derive(Clone)]
enum Source {
    Embedded(&'static [u8]),
    #[cfg(feature = "kv-fat")]
    Fat(&'static super::Volume, fat::File),
}

impl File {
    pub(super) async fn open(store: Store, key: &str) -> Result<Self, Error> {
        let source = match store {
            Store::Embedded(files) => Source::Embedded(embedded::find(files, key)?),
            #[cfg(feature = "kv-fat")]
            Store::Fat(volume) => Source::Fat(volume, volume.mounted()?.open(key).await?),
        };
        Ok(File { source, position: 0 })
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.source {
            Source::Embedded(bytes) => bytes.len() as u64,
            #[cfg(feature = "kv-fat")]
            Source::Fat(_, file) => file.size_bytes(),
        }
    }

    /// The whole value without copying, if it is embedded.
    #[must_use]
    pub fn bytes(&self) -> Option<&'static [u8]> {
        match &self.source {
            Source::Embedded(bytes) => Some(bytes),
            #[cfg(feature = "kv-fat")]
            Source::Fat(..) => None,
        }
    }

    /// Reads from `offset` on until `buffer` is full or the value ends; reads nothing past the end.
    ///
    /// From a volume, `.wait()` reads whole sectors of 512 bytes directly into `buffer`, contiguous ones in one request. It is
    /// fastest with large buffers, and with offsets and lengths that are multiples of 512. `.await` copies through buffers of the
    /// volume, because a future that borrows `buffer` can be dropped or forgotten before the device has finished.
    ///
    /// # Errors
    /// Returns [`Error::Corrupt`] or [`Error::Io`]; the contents of `buffer` are then unspecified.
    pub fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Request<impl Future<Output = Result<usize, Error>>> {
        Request::new(async move {
            match &mut self.source {
                Source::Embedded(bytes) => Ok(copy(bytes, offset, buffer)),
                #[cfg(feature = "kv-fat")]
                Source::Fat(volume, file) => volume.mounted()?.read(file, offset, buffer).await,
            }
        })
    }
}

fn copy(bytes: &[u8], offset: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
    let length = rest.len().min(buffer.len());
    if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
        to.copy_from_slice(from);
    }
    length
}

impl core::fmt::Debug for File {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("File").field("size", &self.size()).field("position", &self.position).finish()
    }
}

impl embedded_io::ErrorType for File {
    type Error = Error;
}

impl embedded_io::Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let length = File::read(self, self.position, buffer).wait()?;
        self.position += length as u64;
        Ok(length)
    }
}

#[cfg(feature = "async")]
impl embedded_io_async::Read for File {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let length = File::read(self, self.position, buffer).await?;
        self.position += length as u64;
        Ok(length)
    }
}

impl embedded_io::Seek for File {
    /// Moves to a position, which may be past the end; one before the beginning is clamped to the beginning.
    fn seek(&mut self, place: embedded_io::SeekFrom) -> Result<u64, Error> {
        self.position = match place {
            embedded_io::SeekFrom::Start(offset) => offset,
            embedded_io::SeekFrom::End(distance) => self.size().saturating_add_signed(distance),
            embedded_io::SeekFrom::Current(distance) => self.position.saturating_add_signed(distance),
        };
        Ok(self.position)
    }
}
