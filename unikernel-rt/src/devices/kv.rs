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
#[cfg(feature = "precompress")]
use crate::kv::embedded::Encoding;
use crate::kv::error::Error;
use core::future::Future;
use store::Store;

/// A store of values by their keys, for reading.
///
/// A key is a path such as `img/logo.png`. `/img//logo.png` is the same key, and one with a `..` is refused. Keys of a folder
/// that was embedded by `kv(dir = "site")` are case-sensitive. On the volume of a `kv(fat, block = "data")`, ASCII case is
/// ignored, as on every FAT volume.
///
/// Operations that may need the device return a [`Request`]: use `.wait()`, or `.await` in an `async fn`.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::kv::Error;
/// # fn example(site: Kv, data: Kv) -> Result<(), Error> {
/// let page: &'static [u8] = site.get("index.html")?; // embedded: nothing is copied
///
/// let mut buffer = [0; 4096];
/// let length = data.read("log/today.txt", 0, &mut buffer).wait()?; // works on both kinds
///
/// let mut film = data.open("film.mp4").wait()?; // may be larger than the memory
/// for offset in (0..film.size()).step_by(buffer.len()) {
///     let length = film.read(offset, &mut buffer).wait()?;
/// }
///
/// if !site.exists("404.html").wait()? {
///     let (page, kind) = site.exact(b"index.html").ok_or(Error::NotFound)?; // as a request has it
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Kv {
    store: Store,
}

impl Kv {
    /// The whole value of a key in an embedded folder, without copying it.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`], [`Error::BadKey`], or on a volume always [`Error::NotEmbedded`].
    pub fn get(self, key: &str) -> Result<&'static [u8], Error> {
        self.store.get(key)
    }

    /// The whole value in an embedded folder of exactly this key, and its [`content_type`](crate::kv::content_type()), which was found out at build time.
    ///
    /// For servers that look up untrusted paths: other spellings of the key are not tried, and it need not be text.
    pub fn exact(self, key: &[u8]) -> Option<(&'static [u8], &'static str)> {
        self.store.exact(key).map(|file| (file.bytes, file.content_type))
    }

    /// What [`exact`](Kv::exact) returns, and the content codings that the file was embedded in besides, best first: those of
    /// `kv(dir = "site", precompress = "gzip, br")` in which it is smaller.
    ///
    /// ```no_run
    /// # use unikernel_rt::prelude::*;
    /// # fn example(site: Kv) {
    /// if let Some((bytes, content_type, encodings)) = site.exact_with_encodings(b"index.html") {
    ///     let brotli = encodings.iter().find(|encoding| encoding.coding == "br").map(|encoding| encoding.bytes);
    /// }
    /// # }
    /// ```
    #[cfg(feature = "precompress")]
    pub fn exact_with_encodings(self, key: &[u8]) -> Option<(&'static [u8], &'static str, &'static [Encoding])> {
        self.store.exact(key).map(|file| (file.bytes, file.content_type, file.encodings))
    }

    /// Opens a value to read it in pieces.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`], [`Error::BadKey`], [`Error::NotFat`], [`Error::Corrupt`] or [`Error::Io`].
    pub fn open(self, key: &str) -> Request<impl Future<Output = Result<File, Error>>> {
        Request::new(async move { File::open(self.store, key).await })
    }

    /// Reads a value from `offset` on until `buffer` is full or the value ends; reads nothing past the end.
    ///
    /// To read a long value in pieces, use [`open`](Kv::open): this looks the key up on each call.
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

    /// The size of a value in bytes.
    ///
    /// # Errors
    /// Those of [`open`](Kv::open).
    pub fn size(self, key: &str) -> Request<impl Future<Output = Result<u64, Error>>> {
        Request::new(async move { Ok(File::open(self.store, key).await?.size()) })
    }

    /// Whether a value has this key.
    ///
    /// # Errors
    /// Those of [`open`](Kv::open), except [`Error::NotFound`].
    pub fn exists(self, key: &str) -> Request<impl Future<Output = Result<bool, Error>>> {
        Request::new(async move {
            match File::open(self.store, key).await {
                Ok(_) => Ok(true),
                Err(Error::NotFound) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// Lists the values whose keys begin with `prefix`, including inner folders: all for `""`, those of a folder for `"img/"`.
    /// Embedded keys are in byte order, those of a volume in directory order.
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
