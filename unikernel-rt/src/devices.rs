//! What `main` is handed: one file for each device.

pub(crate) mod block;
pub(crate) mod clock;
pub(crate) mod console;
pub(crate) mod entropy;
#[cfg(feature = "heap")]
#[expect(unsafe_code, reason = "the allocator")]
pub(crate) mod heap;
pub(crate) mod kv;
#[cfg(feature = "log")]
pub(crate) mod log;
#[cfg(feature = "net")]
pub(crate) mod net;
pub(crate) mod shutdown;
pub(crate) mod stack;
#[cfg(feature = "kv-fat")]
pub(crate) mod values;
