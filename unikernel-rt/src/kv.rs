//! Key-value stores: files by their paths, embedded in the image or on a FAT volume.

pub(crate) mod content_type;
pub(crate) mod embedded;
pub(crate) mod error;
#[cfg(feature = "kv-fat")]
pub(crate) mod fat;
#[cfg(feature = "kv-fat")]
mod iso9660;
pub(crate) mod key;
#[cfg(feature = "kv-fat")]
pub(crate) mod values;

pub use crate::devices::kv::{Entry, File, Kv, List, Request};
pub use content_type::content_type;
#[cfg(feature = "precompress")]
pub use embedded::Encoding;
pub use error::Error;
