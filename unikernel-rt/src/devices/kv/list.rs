//! Listings: the keys of a store, and the sizes of their values.

use super::request::Request;
use super::store::Store;
use crate::kv::embedded::{self, Embedded};
use crate::kv::error::Error;
#[cfg(feature = "kv-fat")]
use crate::kv::{fat, key::Key};
use core::future::Future;
use core::marker::PhantomData;

/// A listing, read entry by entry.
///
/// ```no_run
/// # use unikernel_rt::kv::{Error, List};
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::println;
/// # async fn example(store: Kv) -> Result<(), Error> {
/// let mut list: List = store.list("img/");
/// while let Some(entry) = list.next_entry().await? {
///     println!("{} {}", entry.size(), entry.key());
/// }
/// # Ok(())
/// # }
/// ```
pub struct List<'p>(Source<'p>);

#[allow(clippy::large_enum_variant)] // There is nowhere else to put it, and a kernel mostly has one kind.
enum Source<'p> {
    Embedded(Result<&'static [Embedded], Error>, PhantomData<&'p str>),
    #[cfg(feature = "kv-fat")]
    Fat(&'static super::Volume, fat::List<'p>),
}

/// A key in a listing, and the size of its value.
///
/// ```no_run
/// # use unikernel_rt::kv::{Entry, Error};
/// # use unikernel_rt::prelude::*;
/// # fn example(store: Kv) -> Result<Option<Entry>, Error> {
/// let mut largest = None;
/// let mut list = store.list("");
/// while let Some(entry) = list.next_entry().wait()? {
///     if largest.is_none_or(|largest: Entry| entry.size() > largest.size()) {
///         largest = Some(entry);
///     }
/// }
/// # Ok(largest)
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Entry {
    key: EntryKey,
    size_bytes: u64,
}

#[allow(clippy::large_enum_variant)] // There is nowhere else to put it, and a kernel mostly has one kind.
#[derive(Clone, Copy)]
enum EntryKey {
    Embedded(&'static str),
    #[cfg(feature = "kv-fat")]
    Fat(Key),
}

impl Entry {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        match &self.key {
            EntryKey::Embedded(key) => key,
            #[cfg(feature = "kv-fat")]
            EntryKey::Fat(key) => key.as_str(),
        }
    }

    /// The size of its value in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size_bytes
    }
}

impl<'p> List<'p> {
    pub(super) fn new(store: Store, prefix: &'p str) -> Self {
        let source = match store {
            Store::Embedded(files) => Source::Embedded(embedded::with_prefix(files, prefix), PhantomData),
            #[cfg(feature = "kv-fat")]
            Store::Fat(volume) => Source::Fat(volume, fat::List::new(prefix)),
        };
        List(source)
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// Returns [`Error::LongKey`] for a key that is too long, after which the listing continues with the next one; or
    /// [`Error::BadKey`], [`Error::NotFat`], [`Error::Corrupt`] or [`Error::Io`], after which it has ended.
    pub fn next_entry(&mut self) -> Request<impl Future<Output = Result<Option<Entry>, Error>>> {
        Request::new(async move {
            match &mut self.0 {
                Source::Embedded(left, _) => {
                    let files = core::mem::replace(left, Ok(&[]))?;
                    let Some((file, rest)) = files.split_first() else { return Ok(None) };
                    *left = Ok(rest);
                    Ok(Some(Entry { key: EntryKey::Embedded(file.key), size_bytes: file.bytes.len() as u64 }))
                }
                #[cfg(feature = "kv-fat")]
                Source::Fat(volume, list) => {
                    let next = volume.mounted()?.next_listed(list).await.transpose()?;
                    Ok(next.map(|(key, size_bytes)| Entry { key: EntryKey::Fat(key), size_bytes }))
                }
            }
        })
    }
}

impl core::fmt::Debug for List<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("List")
    }
}

impl core::fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Entry").field("key", &self.key()).field("size", &self.size_bytes).finish()
    }
}
