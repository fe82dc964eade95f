//! Key-value stores: keys, the table of embedded files, and FAT volumes.
//!
//! The facade over both is `devices/kv.rs`.

pub(crate) mod content_type;
pub(crate) mod embedded;
pub(crate) mod error;
#[cfg(feature = "kv-fat")]
pub(crate) mod fat;
pub(crate) mod key;
