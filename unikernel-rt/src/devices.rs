//! What `main` is handed: one file for each device.

pub mod block;
pub mod clock;
pub mod console;
pub mod entropy;
#[cfg(feature = "heap")]
#[expect(unsafe_code, reason = "the allocator")]
pub(crate) mod heap;
pub mod kv;
#[cfg(feature = "log")]
pub(crate) mod log;
#[cfg(feature = "net")]
pub mod net;
pub mod shutdown;
