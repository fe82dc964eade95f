//! The kind of store behind a handle. Without the feature `kv-fat` there is one kind, and no code to select it.

use crate::kv::embedded::{self, Embedded};
use crate::kv::error::Error;

/// The contents of a store.
#[derive(Clone, Copy, Debug)]
pub(super) enum Store {
    Embedded(&'static [Embedded]),
    #[cfg(feature = "kv-fat")]
    Fat(&'static super::Volume),
}

impl Store {
    pub(super) fn get(self, key: &str) -> Result<&'static [u8], Error> {
        match self {
            Store::Embedded(files) => embedded::find(files, key),
            #[cfg(feature = "kv-fat")]
            Store::Fat(_) => Err(Error::NotEmbedded),
        }
    }

    pub(super) fn exact(self, key: &[u8]) -> Option<&'static Embedded> {
        match self {
            Store::Embedded(files) => embedded::exact(files, key),
            #[cfg(feature = "kv-fat")]
            Store::Fat(_) => None,
        }
    }
}
