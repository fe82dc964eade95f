//! Which kind of store a handle is for. A kernel without the feature `kv-fat` has one kind, and no code to choose.

use crate::kv::embedded::{self, Embedded};
use crate::kv::error::Error;

/// What a store consists of.
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
