//! Key-value stores: files by their paths, embedded in the image or on a FAT volume.

mod file;
mod list;
mod request;
mod store;
#[cfg(feature = "kv-fat")]
mod volume;

pub use file::File;
pub use list::{Entry, List};
pub use request::Request;
#[cfg(feature = "kv-fat")]
pub use volume::{Volume, attach_fat};

use crate::kv::embedded::Embedded;
use crate::kv::error::Error;
use core::future::Future;
use store::Store;

/// A store of values by their keys, for reading.
///
/// A key is a path such as `img/logo.png`. `/img//logo.png` is the same key, and one with a `..` is refused. The keys of a folder
/// that was embedded by `kv(dir = "site")` are those of its files, letter by letter; on the volume of a
/// `kv(fat, block = "data")`, letters of ASCII may be large or small, as on every FAT volume.
///
/// What may need the device is a [`Request`]: it ends with `.wait()`, or in an `async fn` with `.await`.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::kv::Error;
/// # fn example(site: Kv, data: Kv) -> Result<(), Error> {
/// let page: &'static [u8] = site.get("index.html")?; // embedded: nothing is copied
///
/// let mut buffer = [0; 4096];
/// let length = data.read("log/today.txt", 0, &mut buffer).wait()?; // of either kind
///
/// let mut film = data.open("film.mp4").wait()?; // larger than the memory, maybe
/// for offset in (0..film.size()).step_by(buffer.len()) {
///     let length = film.read(offset, &mut buffer).wait()?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Kv {
    store: Store,
}

impl Kv {
    /// The whole value of a key in an embedded folder, where it stands: nothing is copied.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`], [`Error::BadKey`], or on a volume always [`Error::NotEmbedded`].
    pub fn get(self, key: &str) -> Result<&'static [u8], Error> {
        self.store.get(key)
    }

    /// The whole value in an embedded folder of exactly this key, and its [`content_type`](crate::kv::content_type()), which was found out at build time.
    ///
    /// For servers, who look up what strangers send: it is not even looked for by another spelling, and need not be text.
    pub fn exact(self, key: &[u8]) -> Option<(&'static [u8], &'static str)> {
        self.store.exact(key).map(|file| (file.bytes, file.content_type))
    }

    /// Opens a value, to be read piece by piece.
    ///
    /// # Errors
    /// Ends with [`Error::NotFound`], [`Error::BadKey`], [`Error::NotFat`], [`Error::Corrupt`] or [`Error::Io`].
    pub fn open(self, key: &str) -> Request<impl Future<Output = Result<File, Error>>> {
        Request::new(async move { File::open(self.store, key).await })
    }

    /// Reads a value from `offset` on: as much as `buffer` takes, less at the end of the value, nothing behind it.
    ///
    /// Who reads a long value piece by piece opens it: this finds it anew each time.
    ///
    /// # Errors
    /// Those of [`open`](Kv::open).
    pub fn read(
        self,
        key: &str,
        offset: u64,
        buffer: &mut [u8],
    ) -> Request<impl Future<Output = Result<usize, Error>>> {
        Request::new(async move { File::open(self.store, key).await?.read(offset, buffer).into_future().await })
    }

    /// How many bytes a value has.
    ///
    /// # Errors
    /// Those of [`open`](Kv::open).
    pub fn size(self, key: &str) -> Request<impl Future<Output = Result<u64, Error>>> {
        Request::new(async move { Ok(File::open(self.store, key).await?.size()) })
    }

    /// Whether there is a value of this key.
    ///
    /// # Errors
    /// Those of [`open`](Kv::open), but for [`Error::NotFound`].
    pub fn exists(self, key: &str) -> Request<impl Future<Output = Result<bool, Error>>> {
        Request::new(async move {
            match File::open(self.store, key).await {
                Ok(_) => Ok(true),
                Err(Error::NotFound) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// The values whose keys begin with `prefix`, those of inner folders too: all of them for `""`, those of a folder for
    /// `"img/"`. Embedded ones come in the order of the bytes of their keys, those of a volume in its own.
    ///
    /// ```no_run
    /// # use unikernel_rt::prelude::*;
    /// # use unikernel_rt::println; // on a host there is another one
    /// # fn example(kv: Kv) -> Result<(), unikernel_rt::kv::Error> {
    /// let mut list = kv.list("img/");
    /// while let Some(entry) = list.next_entry().wait()? {
    ///     println!("{} has {} bytes", entry.key(), entry.size());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(self, prefix: &str) -> List<'_> {
        List::new(self.store, prefix)
    }
}

/// A store of embedded files.
pub fn attach(files: &'static [Embedded]) -> Kv {
    Kv { store: Store::Embedded(files) }
}
